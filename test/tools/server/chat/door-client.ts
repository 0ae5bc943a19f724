/** A client of a chat door, with every text that it was sent and the transcript that they make. */
import { type ClientOptions, WebSocket } from 'ws'
import { within } from '../../app/within.ts'
import {
  type DoorReader,
  readCanonical,
  readChatWs,
  readClient,
  readRoom,
} from '../../checkers/chat/index.ts'

export interface ChatDoor {
  readonly name: string
  readonly toPath: (sessionId: string) => string
  readonly createReader: () => DoorReader
  /** Shows questions too. */
  readonly showsQuestions: boolean
  /** Its clients follow the head by themselves. */
  readonly hasBranches?: boolean
}

export const JSON_DOORS: readonly ChatDoor[] = [
  {
    name: '/ws/session/{id}',
    toPath: (id) => `/ws/session/${id}`,
    createReader: readCanonical,
    showsQuestions: true,
    hasBranches: true,
  },
  {
    name: '/chat/ws',
    toPath: (id) => `/chat/ws?session_id=${id}`,
    createReader: readChatWs,
    showsQuestions: false,
  },
  {
    name: '/ws/chat/{session_id}',
    toPath: (id) => `/ws/chat/${id}`,
    createReader: readRoom,
    showsQuestions: true,
  },
  {
    name: '/ws/{client_id}',
    toPath: (id) => `/ws/${id}`,
    createReader: readClient,
    showsQuestions: false,
  },
]

export interface DoorClient {
  readonly socket: WebSocket
  readonly texts: readonly string[]
  send(frame: object | string): void
  /** Resolves as soon as it holds, which is asked after every text. */
  until(what: string, holds: () => boolean): Promise<void>
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  /** Vanishes. Nothing that comes later is read. */
  cut(): void
}

const PATIENCE_MS = 30_000

/** @param take is given every text. */
export const openDoor = async (
  url: string,
  path: string,
  take: (text: string) => void = () => undefined,
  options: ClientOptions = {},
): Promise<DoorClient> => {
  const socket = new WebSocket(url.replace('http:', 'ws:') + path, options)
  const texts: string[] = []
  const waiting = new Set<() => void>()
  let isCut = false
  let ended: { readonly code: number; readonly reason: string } | undefined
  const look = (): void => {
    for (const each of waiting) each()
  }
  socket.on('message', (data: Buffer) => {
    if (isCut) return
    texts.push(data.toString())
    take(data.toString())
    look()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => {
      ended = { code, reason: reason.toString() }
      resolve(ended)
      look()
    })
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
  })
  socket.on('error', () => undefined)
  return {
    socket,
    texts,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    until: (what, holds) =>
      within(
        PATIENCE_MS,
        what,
        new Promise((resolve, reject) => {
          const check = (): void => {
            const has = holds()
            if (!has && ended === undefined) return
            waiting.delete(check)
            if (has) resolve()
            else reject(new Error(`closed with ${ended?.code} (${ended?.reason}): ${what}`))
          }
          waiting.add(check)
          check()
        }),
      ),
    cut() {
      isCut = true
      socket.terminate()
    },
  }
}

/** A client that knows its dialect, over any number of connections. */
export const createMember = (url: string, door: ChatDoor, sessionId: string) => {
  const reader = door.createReader()
  const connect = (position = reader.read().position, options: ClientOptions = {}) => {
    const path = door.toPath(sessionId)
    const mark = path.includes('?') ? '&' : '?'
    const at = position === undefined ? '' : `${mark}position=${position}`
    return openDoor(url, path + at, reader.take, options)
  }
  const answers = () => reader.read().entries.filter(({ role }) => role === 'assistant')
  return {
    connect,
    take: reader.take,
    read: reader.read,
    answers,
    /** So many answers have ended. */
    hasEnded: (count: number) => () =>
      answers().filter(({ status }) => status !== 'open').length >= count,
  }
}
