/** The numbered events of one session that are kept in this process, with the epochs in which they were written. */
import type { LogEvent, StampedEvent } from '#model'
import { createEventLog, type EventLog, type Position, type SlowReaders } from '#runs'
import type { OpenedSession } from '../../sessions/session-store.ts'
import { judgePosition, type Judged } from './judge-position.ts'
import { fromStored, joinEvents } from './stored-events.ts'

export interface SessionLog extends Pick<
  EventLog<StampedEvent>,
  'firstSeq' | 'lastSeq' | 'follow' | 'forget' | 'drop' | 'entriesAfter'
> {
  readonly position: Position
  readonly epochs: OpenedSession['epochs']
  /** An event with the number that follows the last one by `ahead`. It is not in the log yet. */
  stamp(event: LogEvent, at: number, ahead?: number): StampedEvent
  append(stamped: StampedEvent): void
  /** This process has taken its log over once more. What readers have of it remains true, whatever the store has lost. */
  raise(opened: Pick<OpenedSession, 'epoch' | 'lastSeq'>): void
  /** The epochs of a log of which this one is a copy. */
  adopt(known: Pick<OpenedSession, 'epoch' | 'epochs'>): void
  judge(position: Position): Judged
  /** Hears what changes besides the events that are appended. @returns a function that ends it. */
  watch(watcher: LogWatcher): () => void
  /** The position before the first kept event that passes. Undefined if none does. */
  positionBefore(passes: (event: LogEvent) => boolean): Position | undefined
}

interface LogWatcher {
  raised(): void
  forgotten(upTo: number): void
}

/** When a reader is too slow for its session. */
const SLOW: SlowReaders = { maxEvents: 1_000, maxBytes: 4 * 1024 * 1024, forMs: 5_000 }

/** Readers that are behind the oldest of them get a snapshot. */
const MAX_WINDOW_EVENTS = 10_000

/** As many as a store keeps. */
const MAX_EPOCHS = 64

const EVENT_BYTES = 200

/** How much memory an event takes. */
export const sizeOf = ({ event }: Pick<StampedEvent, 'event'>): number => {
  if (event.type === 'token' || event.type === 'reasoning')
    return EVENT_BYTES + 2 * event.token.length
  if (event.type === 'user_message' || event.type === 'queued')
    return EVENT_BYTES + 2 * event.content.length
  if (event.type === 'run_end') return EVENT_BYTES + 2 * event.result.length
  if (event.type === 'citation') return EVENT_BYTES + 2 * (event.quote?.length ?? 0)
  return EVENT_BYTES
}

export const createSessionLog = (
  opened: Pick<OpenedSession, 'epoch' | 'epochs' | 'events' | 'lastSeq'>,
): SessionLog => {
  const { events, lastSeq } = opened
  let { epoch, epochs } = opened
  const log = createEventLog<StampedEvent>({
    sizeOf,
    join: joinEvents,
    firstSeq: events[0]?.from ?? lastSeq + 1,
    maxEvents: MAX_WINDOW_EVENTS,
    slow: SLOW,
  })
  const watchers = new Set<LogWatcher>()
  for (const stored of events) for (const stamped of fromStored(stored)) log.append(stamped)

  return {
    get firstSeq() {
      return log.firstSeq
    },
    get lastSeq() {
      return log.lastSeq
    },
    get epochs() {
      return epochs
    },
    get position() {
      return { epoch, seq: log.lastSeq }
    },
    stamp: (event, at, ahead = 1) => ({ seq: log.lastSeq + ahead, epoch, at, event }),
    append: (stamped) => void log.append(stamped),
    raise(again) {
      ;({ epoch } = again)
      const firstSeq = Math.max(log.lastSeq, again.lastSeq) + 1
      epochs = [...epochs, { epoch, firstSeq }].slice(-MAX_EPOCHS)
      for (const { raised } of watchers) raised()
    },
    adopt(known) {
      ;({ epoch, epochs } = known)
      for (const { raised } of watchers) raised()
    },
    judge: (position) => judgePosition(position, { epoch, epochs, lastSeq: log.lastSeq }),
    positionBefore(passes) {
      const found = log.entriesAfter(0).find(({ event }) => passes(event.event))
      return found && { epoch, seq: found.seq - 1 }
    },
    follow: log.follow,
    entriesAfter: log.entriesAfter,
    forget(upTo) {
      log.forget(upTo)
      for (const { forgotten } of watchers) forgotten(upTo)
    },
    watch(watcher) {
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    drop: log.drop,
  }
}
