/** What all dialects in JSON have in common: stamps, rewinds, snapshots, errors, and the commands of clients. */
import {
  type GatewayError,
  type LogEvent,
  type ReaderEvent,
  type SessionMessage,
  type StampedEvent,
  toEventError,
} from '#model'
import type { Dialect, DialectConnection, DialectSession, Frame } from '../dialect.ts'
import { findInProgress, splitHistory, stampOf } from './answer-in-progress.ts'
import { toNothingToCancel } from './nothing-to-cancel.ts'
import { readFrame } from './read-frame.ts'

export type EventOf<Type extends LogEvent['type']> = Extract<LogEvent, { type: Type }>

/** One frame for an event of this type. Events that are absent are not shown. */
type Writers = {
  readonly [Type in LogEvent['type']]?: (event: EventOf<Type>) => object
}

export interface JsonDialect {
  readonly name: string
  /** Before an answer in progress. */
  readonly greet?: (session: DialectSession) => readonly object[]
  /** Begins an answer in the middle: with the text so far, so that what comes next has a beginning. */
  readonly begin: (answer: SessionMessage) => readonly object[]
  /** Whether an answer in progress begins again behind a snapshot, for clients that do not know snapshots. */
  readonly beginsAgain: boolean
  readonly writers: Writers
  /** The canonical form by default. */
  readonly error?: (error: GatewayError) => object
}

export const jsonDialect = (dialect: JsonDialect): Dialect => {
  const write = writeOnce(writeWith(dialect.writers))
  const { error: writeError = canonicalError } = dialect

  const begin = (answer: SessionMessage | undefined, position: string): readonly Frame[] => {
    if (!answer) return []
    const stamp = stampOf(answer, position)
    return dialect.begin(answer).map((body) => toFrame({ ...body, ...stamp }))
  }
  const greet = (session: DialectSession): readonly Frame[] => [
    ...(dialect.greet?.(session) ?? []).map(toFrame),
    ...begin(splitHistory(session).inProgress, session.position),
  ]
  const tell = (event: ReaderEvent): readonly Frame[] => {
    if (event.type === 'rewind' || !dialect.beginsAgain) return [toFrame(event)]
    return [toFrame(event), ...begin(findInProgress(event.messages), event.position)]
  }

  const connection = (session: DialectSession): DialectConnection => ({
    greet: () => greet(session),
    encode: (sent) => (sent.seq === undefined ? tell(sent.event) : write(sent)),
    decode: readFrame,
    fail: (error, runId) => [
      toFrame({ ...writeError(error), ...(runId !== undefined && { run_id: runId }) }),
    ],
    leave: (position, reason) => [toFrame({ type: 'going_away', position, reason })],
    pong: () => [PONG],
    nothingToCancel: (runId) => [toFrame(toNothingToCancel(runId))],
    shows: 'one branch',
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
const SHARED = 64
/** Larger ones would be held for long where little is said. */
const MOST_SHARED_CHARACTERS = 4096

const writeOnce = (
  write: (sent: StampedEvent) => readonly Frame[],
): ((sent: StampedEvent) => readonly Frame[]) => {
  /** By the last digits of their numbers. */
  const written: { readonly sent: StampedEvent; readonly frames: readonly Frame[] }[] = []
  return (sent) => {
    const place = sent.seq % SHARED
    const known = written[place]
    if (known?.sent === sent) return known.frames
    const frames = write(sent)
    if ((frames[0]?.text.length ?? 0) <= MOST_SHARED_CHARACTERS) written[place] = { sent, frames }
    return frames
  }
}
