/** `/ws/chat` and `/ws/langchain`: any text is a question, and its answer is bare pieces of text and a mark. */
import type { GatewayError, SentEvent, SessionMessage } from '#model'
import type { Dialect, DialectConnection, DialectSession, Frame } from './dialect.ts'
import { findInProgress, splitHistory } from './frames/answer-in-progress.ts'
import { type EndOfRun, errorOfEnd } from './frames/run-ends.ts'
import { readMessage } from './frames/read-frame.ts'

const END_OF_STREAM = '<END_STREAM>'

const CLOSE_FAILED = 1011
/** A close frame has no room for more. */
const MAX_REASON_BYTES = 123

/** How much of which answer was sent. */
interface Shown {
  readonly run: string
  length: number
  ended: boolean
}

export const plain: Dialect = { name: 'plain', open: (session) => openPlain(session) }

const openPlain = (session: DialectSession): DialectConnection => {
  const { inProgress } = splitHistory(session)
  let shown = lastShown(session)
  /** The run in progress. Of one beside the branch with which its client began, it lacks the beginning. */
  let running = inProgress?.run_id

  const piece = (run: string, text: string): readonly Frame[] => {
    if (shown?.run !== run) shown = { run, length: 0, ended: false }
    shown.length += text.length
    return writePiece(text)
  }
  const end = (run: string, ended: EndOfRun): readonly Frame[] => {
    shown = { run, length: 0, ended: true }
    const error = errorOfEnd(ended)
    return error ? closeWith(error.message) : [{ text: END_OF_STREAM }]
  }
  /** What was sent cannot be taken back. */
  const rewind = (): readonly Frame[] =>
    shown && !shown.ended && shown.length > 0 ? closeWith('The answer was interrupted.') : []

  /** Sends what is in a snapshot and was not sent before. */
  const catchUp = (messages: readonly SessionMessage[]): readonly Frame[] => {
    const known = messages.findIndex(({ run_id }) => run_id !== undefined && run_id === shown?.run)
    return messages.slice(Math.max(known, 0)).flatMap(({ run_id: run, content, status }) => {
      if (run === undefined || (shown?.run === run && shown.ended)) return []
      const rest = piece(run, content.slice(shown?.run === run ? shown.length : 0))
      return status === 'running' || status === 'queued' ? rest : [...rest, ...end(run, { status })]
    })
  }

  return {
    greet: () => (inProgress ? writePiece(inProgress.content) : []),
    encode({ event }: SentEvent) {
      switch (event.type) {
        case 'run_start':
          running = event.run_id
          return []
        case 'token':
          return event.run_id === running ? piece(event.run_id, event.token) : []
        case 'run_end':
          return event.run_id === running ? end(event.run_id, event) : []
        case 'rewind':
          return rewind()
        case 'snapshot':
          running = findInProgress(event.messages)?.run_id
          return catchUp(event.messages)
        default:
          return []
      }
    },
    decode: (content) => readMessage({ content, on_disconnect: 'cancel' }),
    fail: ({ message }: GatewayError) => closeWith(message),
    leave: () => [],
    pong: () => [],
    nothingToCancel: () => [],
  }
}

const lastShown = ({ history, activeRun }: DialectSession): Shown | undefined => {
  const last = history.findLast(({ run_id }) => run_id !== undefined)
  if (last?.run_id === undefined) return undefined
  return { run: last.run_id, length: last.content.length, ended: last.run_id !== activeRun }
}

/** A piece that is just the mark would end the answer for its client. */
const writePiece = (text: string): readonly Frame[] => {
  if (text === '') return []
  return text === END_OF_STREAM ? [{ text: text.slice(0, 1) }, { text: text.slice(1) }] : [{ text }]
}

const closeWith = (message: string): readonly Frame[] => [
  { text: '', close: { code: CLOSE_FAILED, reason: cutBytes(message, MAX_REASON_BYTES) } },
]

/** Never in the middle of a character. */
const cutBytes = (text: string, most: number): string => {
  let bytes = 0
  let cut = ''
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > most) break
    cut += character
  }
  return cut
}
