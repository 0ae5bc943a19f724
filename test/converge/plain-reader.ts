/** A reader of `/ws/chat`, which has no positions: it has the complete text of each answer that it saw. */
import { readPlain } from '../tools/checkers/chat/index.ts'
import { type Connection, openSocket } from './connection.ts'
import type { LogAtRest } from './folds.ts'
import type { Reader } from './participant.ts'

export const PLAIN = '/ws/chat'

interface PlainOptions {
  readonly sessionId: string
  readonly url: () => string | undefined
}

/** What one of its connections was sent. */
interface Sitting {
  readonly answers: ReturnType<typeof readPlain>
  isOpen: boolean
}

const AGAIN_MS = 25
const CLOSE_FAILED = 1011
/** They end with the mark. Whatever else ends closes the connection. */
const MARKED = new Set(['done', 'cancelled'])

export const openPlainReader = ({ sessionId, url }: PlainOptions): Reader => {
  const sittings: Sitting[] = []
  const faults: string[] = []
  let connection: Connection | undefined
  let isWanted = true
  let timer: NodeJS.Timeout | undefined
  let backAfter = AGAIN_MS

  const comeBack = (): void => {
    clearTimeout(timer)
    if (isWanted) timer = setTimeout(connect, backAfter)
    backAfter = AGAIN_MS
  }
  const connect = (): void => {
    const at = url()
    if (at === undefined) return comeBack()
    const sitting: Sitting = { answers: readPlain(), isOpen: true }
    sittings.push(sitting)
    const listener = {
      onText(text: string) {
        if (isWanted && sitting.isOpen) sitting.answers.take(text)
      },
      onEnd(why?: string) {
        if (!sitting.isOpen) return
        sitting.isOpen = false
        connection = undefined
        if (why !== undefined) faults.push(why)
        comeBack()
      },
    }
    connection = openSocket(at, `${PLAIN}?session_id=${sessionId}`, listener, CLOSE_FAILED)
  }
  connect()

  const wrong = (): readonly string[] => [
    ...faults,
    ...sittings.flatMap(({ answers }) => answers.read().faults),
  ]

  return {
    name: PLAIN,
    differs: (log) => [...wrong(), ...sittings.flatMap((sitting) => judgeSitting(sitting, log))],
    isBroken: () => wrong().length > 0,
    drop(bytes, backAfterMs) {
      backAfter = backAfterMs
      connection?.wire.cutAfter(bytes)
    },
    freeze: (milliseconds) => connection?.wire.freeze(milliseconds),
    send: () => false,
    ask(text) {
      connection?.send?.(text)
      return connection !== undefined
    },
    breakOff(backAfterMs) {
      backAfter = backAfterMs
      connection?.wire.socket.destroy()
    },
    close() {
      isWanted = false
      clearTimeout(timer)
      connection?.wire.cutAfter(0)
    },
  }
}

/** What it saw are answers of the log that follow each other. Who is still there has the last one, too. */
const judgeSitting = (
  { answers, isOpen }: Sitting,
  { all, runs, wasCleared }: LogAtRest,
): readonly string[] => {
  const { entries } = answers.read()
  const byRun = new Map(all.map((message) => [message.run_id, message]))
  if (wasCleared) return []
  const ends = runs.map(({ run_id, status }) => ({ status, text: byRun.get(run_id)?.content }))
  const ended = entries.filter(({ status }) => status === 'done')
  const fits = (from: number): boolean =>
    ended.every(({ text }, at) => {
      const end = ends[from + at]
      return end !== undefined && MARKED.has(end.status) && end.text === text
    })
  const shown = entries.map(({ text, status }) => `${status}: ${text}`)
  if (isOpen && entries.length > ended.length) return [`an answer has no end: ${shown.at(-1)}`]
  const places = [...ends.keys()].filter(fits)
  const isThere = isOpen ? places.includes(ends.length - ended.length) : places.length > 0
  if (ended.length === 0 || isThere) return []
  return [
    `a connection that is ${isOpen ? 'open' : 'over'} had ${shown.join(', ')}`,
    ...ends.map(({ status, text }) => `  the log has ${status}: ${text}`),
  ]
}
