/** `/chat/stream`: one run, in the frames of `/chat/ws`, each with an id from which its client reads on. */
import type { SentEvent, SessionMessage } from '#model'
import { BEGINNING, type Position, readPosition, writePosition } from '#runs'
import { CHAT_FRAMES, writeEnd } from './chat-ws.ts'
import type { Dialect, DialectConnection, DialectSession, Frame } from './dialect.ts'
import { jsonDialect, toFrame } from './frames/json-frames.ts'
import { watchRun } from './frames/watched-run.ts'

/** What the `id:` of an event holds, since browsers ask for the same URL again. */
export interface StreamPlace {
  readonly sessionId: string
  /** A run, or the message that it answers for as long as it has not started. */
  readonly about: string
  readonly position: Position
}

/** Neither ids nor positions contain it. */
const SEPARATOR = '~'

export const writeStreamPlace = ({ sessionId, about, position }: StreamPlace): string =>
  [sessionId, about, writePosition(position)].join(SEPARATOR)

/** Undefined if it cannot be read. */
export const readStreamPlace = (id: string): StreamPlace | undefined => {
  const [sessionId, about, written, ...more] = id.split(SEPARATOR)
  const position = readPosition(written ?? '')
  if (!sessionId || !about || !position || more.length > 0) return undefined
  return { sessionId, about, position }
}

const FINISHED = { code: 1000, reason: '' } as const

const frames = jsonDialect({ ...CHAT_FRAMES, name: 'chat-stream' })

/** @param about a run, the message that it answers, or `ANY_RUN`. The stream ends behind it. */
export const chatStream = (about: string): Dialect => ({
  name: frames.name,
  open: (session) => openStream(session, about),
})

const openStream = (session: DialectSession, about: string): DialectConnection => {
  const connection = frames.open(session)
  const run = watchRun(about)
  let position = readPosition(session.position) ?? BEGINNING

  const at = (list: readonly Frame[], close?: Frame['close']): readonly Frame[] =>
    list.map((frame) => ({
      ...frame,
      id: writeStreamPlace({ sessionId: session.id, about: run.about, position }),
      ...(close && { close }),
    }))
  const dropped = (): readonly Frame[] => at([CANCELLED], FINISHED)

  const catchUp = (sent: SentEvent, messages: readonly SessionMessage[]): readonly Frame[] => {
    const answer = run.answerIn(messages)
    const shown = at(connection.encode(sent))
    if (answer) return [...shown, ...at(endOf(answer), FINISHED)]
    // It was deleted.
    return run.hasStarted ? [...shown, ...dropped()] : shown
  }

  const encode = (sent: SentEvent): readonly Frame[] => {
    const { event } = sent
    if (event.type === 'snapshot' || event.type === 'rewind') {
      position = readPosition(event.type === 'rewind' ? event.to : event.position) ?? position
      return event.type === 'snapshot' ? catchUp(sent, event.messages) : at(connection.encode(sent))
    }
    if (sent.seq !== undefined) position = sent
    if (run.isDroppedBy(event)) return dropped()
    if (!run.includes(event)) return []
    return at(connection.encode(sent), event.type === 'run_end' ? FINISHED : undefined)
  }

  return {
    ...connection,
    greet: () => (session.resumes ? [] : at(connection.greet().slice(0, 1))),
    encode,
    shows: undefined,
    fail: (error, runId) => at(connection.fail(error, runId)),
  }
}

/** Of a message that was removed from the queue. */
const CANCELLED = toFrame({ type: 'cancelled', result: '' })

const endOf = ({ run_id, content, status, cost_summary }: SessionMessage): readonly Frame[] => {
  if (status === 'running' || status === 'queued') return []
  return [toFrame({ ...writeEnd({ status, result: content, cost_summary }), run_id })]
}
