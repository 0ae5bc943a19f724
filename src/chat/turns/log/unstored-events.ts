/** The events that are in the log, but not yet in the store, and how much memory they take. */
import type { StampedEvent } from '#model'
import { firstBatch } from './in-batches.ts'
import { sizeOf } from './session-log.ts'

/** What waits to be stored, in all sessions. */
export interface Held {
  bytes: number
}

export interface UnstoredEvents {
  readonly count: number
  add(event: StampedEvent): void
  all(): readonly StampedEvent[]
  /** The first ones, as many as one batch takes, and one in any case. */
  batch(most: number): readonly StampedEvent[]
  /** The first ones are stored. */
  remove(count: number): void
  /** Those up to this number are stored. */
  removeUpTo(seq: number): void
}

export const createUnstoredEvents = (held: Held): UnstoredEvents => {
  let events: StampedEvent[] = []

  const remove = (count: number): void => {
    for (const each of events.slice(0, count)) held.bytes -= sizeOf(each)
    events = events.slice(count)
  }

  return {
    get count() {
      return events.length
    },
    add(event) {
      events.push(event)
      held.bytes += sizeOf(event)
    },
    all: () => events.slice(),
    batch: (most) => firstBatch(events, most),
    remove,
    removeUpTo(seq) {
      const left = events.findIndex((event) => event.seq > seq)
      remove(left === -1 ? events.length : left)
    },
  }
}
