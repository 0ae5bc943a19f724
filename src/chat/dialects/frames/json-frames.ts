/** What all dialects in JSON have in common: stamps, rewinds, snapshots, errors, and the commands of clients. */
import {
  type GatewayError,
  type LogEvent,
  type SentEvent,
  type StampedEvent,
  toEventError,
} from '#model'
import type { Dialect, DialectConnection, DialectSession, Frame } from '../dialect.ts'
import { readFrame } from './read-frame.ts'

export type EventOf<Type extends LogEvent['type']> = Extract<LogEvent, { type: Type }>

/** One frame for an event of this type. Events that are absent are not shown. */
export type Writers = {
  readonly [Type in LogEvent['type']]?: (event: EventOf<Type>) => object
}

export interface JsonDialect {
  readonly name: string
  readonly greet: (session: DialectSession) => readonly object[]
  readonly writers: Writers
  /** The canonical form by default. */
  readonly error?: (error: GatewayError) => object
}

export const jsonDialect = (dialect: JsonDialect): Dialect => {
  const write = writeOnce(writeWith(dialect.writers))
  const encode = (sent: SentEvent): readonly Frame[] =>
    sent.seq === undefined ? [toFrame(sent.event)] : write(sent)
  const { error: writeError = canonicalError } = dialect

  const connection = (session: DialectSession): DialectConnection => ({
    greet: () => dialect.greet(session).map(toFrame),
    encode,
    decode: readFrame,
    fail: (error, runId) => [
      toFrame({ ...writeError(error), ...(runId !== undefined && { run_id: runId }) }),
    ],
    leave: (position, reason) => [toFrame({ type: 'going_away', position, reason })],
    pong: () => [PONG],
  })
  return { name: dialect.name, open: connection }
}

export const toFrame = (body: object): Frame => ({ text: JSON.stringify(body) })

const PONG = toFrame({ type: 'pong' })

const canonicalError = (error: GatewayError): object => ({
  type: 'error',
  error: toEventError(error),
})

const writeWith =
  (writers: Writers) =>
  (sent: StampedEvent): readonly Frame[] => {
    const { event } = sent
    const write = Object.hasOwn(writers, event.type) ? writers[event.type] : undefined
    if (!write) return []
    return [toFrame(stamp((write as (event: LogEvent) => object)(event), sent))]
  }

const stamp = (body: object, { event, seq, epoch }: StampedEvent): object =>
  'run_id' in event ? { ...body, run_id: event.run_id, seq, epoch } : { ...body, seq, epoch }

/** All readers of a session are sent an event at nearly the same time. Later ones are few, and have it written again. */
const MOST_SHARED = 256
/** Larger ones would be held for long in a quiet server. */
const MOST_SHARED_CHARACTERS = 4096

const writeOnce = (
  write: (sent: StampedEvent) => readonly Frame[],
): ((sent: StampedEvent) => readonly Frame[]) => {
  const written = new Map<StampedEvent, readonly Frame[]>()
  return (sent) => {
    const known = written.get(sent)
    if (known) return known
    if (written.size >= MOST_SHARED) written.clear()
    const frames = write(sent)
    if ((frames[0]?.text.length ?? 0) <= MOST_SHARED_CHARACTERS) written.set(sent, frames)
    return frames
  }
}
