/** A client of one session, and what it has received of the answer that it waits for. */
import { nowMs } from '../worker.ts'
import { openEvents, openSocket, type Reader, type Target } from './readers.ts'
import { readStamps } from './stamps.ts'

/** The door through which it reads. Only sockets and `stream` ask. */
export type DoorOfMember = 'socket' | 'events' | 'stream'

type Frame = {
  type: string
  token?: string
  result?: string
  status?: string
  error?: { message: string }
}

export type Member = {
  readonly name: string
  /** Of the answer so far. */
  text: string
  hasEnded: boolean
  /** How long each token was on its way, in milliseconds. */
  delays: number[]
  fault: string | undefined
  reader: Reader
}

const ENDS = new Set(['run_end', 'done', 'cancelled'])

/** @param body what it asks with, where the door answers with the stream. */
export const openMember = (
  name: string,
  door: DoorOfMember,
  target: Target,
  body?: object,
): Member => {
  const member: Member = {
    name,
    text: '',
    hasEnded: false,
    delays: [],
    fault: undefined,
    reader: undefined as never,
  }
  const take = (frame: Frame): void => {
    if (frame.type === 'token') {
      const now = nowMs()
      const token = frame.token ?? ''
      member.text += token
      for (const stamp of readStamps(token)) member.delays.push(now - stamp)
    } else if (ENDS.has(frame.type)) {
      const isDone = frame.type === 'done' || frame.status === 'done'
      if (!isDone) member.fault ??= `ended as ${frame.status}: ${frame.error?.message}`
      else if (frame.result !== member.text) member.fault ??= 'the text is not the result'
      member.hasEnded = true
    } else if (frame.type === 'error') member.fault ??= frame.error?.message ?? 'error'
    else if (frame.type === 'rewind' || frame.type === 'snapshot')
      member.fault ??= `was sent ${frame.type}`
  }
  const lost = (reason: string): void => void (member.fault ??= reason)
  member.reader =
    door === 'socket'
      ? openSocket(target, (text) => take(JSON.parse(text.toString()) as Frame), lost)
      : openEvents(target, body, (event) => take(readEvent(event)), lost)
  return member
}

const readEvent = (event: Buffer): Frame => {
  const text = event.toString()
  const at = text.indexOf('data: ')
  return at < 0 ? { type: 'comment' } : (JSON.parse(text.slice(at + 'data: '.length)) as Frame)
}
