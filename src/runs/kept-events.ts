/** The events of a log that are kept, with how much memory they take. Everything costs the same however many there are. */
import type { LogEntry } from './event-log.ts'

export interface KeptEvents<Event> {
  readonly firstSeq: number
  readonly lastSeq: number
  readonly bytes: number
  push(event: Event, bytes: number): LogEntry<Event>
  /** Of a number that is kept. */
  at(seq: number): LogEntry<Event>
  /** How much memory the kept events after this number take. */
  bytesAfter(seq: number): number
  forget(seq: number): void
}

/** Fewer forgotten places are not worth a move. */
const WORTH_MOVING = 64

export const createKeptEvents = <Event>(firstSeq: number): KeptEvents<Event> => {
  const entries: (LogEntry<Event> | undefined)[] = []
  /** The bytes of all events up to each of the entries, from the beginning of the log. */
  const totals: number[] = []
  /** The number of the entry at index 0, which may be forgotten. */
  let base = firstSeq
  /** How many of the entries are forgotten. */
  let start = 0
  let total = 0
  let forgotten = 0

  const last = (): number => base + entries.length - 1

  const totalAt = (seq: number): number => {
    if (seq < base + start) return forgotten
    return totals[seq - base] ?? total
  }

  /** Half of the places are forgotten before the others move, so each event moves once on average. */
  const close = (): void => {
    if (start < WORTH_MOVING || start * 2 < entries.length) return
    entries.splice(0, start)
    totals.splice(0, start)
    base += start
    start = 0
  }

  return {
    get firstSeq() {
      return base + start
    },
    get lastSeq() {
      return last()
    },
    get bytes() {
      return total - forgotten
    },
    push(event, bytes) {
      const seq = last() + 1
      const entry = { seq, from: seq, event }
      total += bytes
      entries.push(entry)
      totals.push(total)
      return entry
    },
    at(seq) {
      const entry = entries[seq - base]
      if (!entry) throw new RangeError(`The event ${seq} is not kept.`)
      return entry
    },
    bytesAfter: (seq) => total - totalAt(seq),
    forget(seq) {
      const end = Math.min(seq, last())
      if (end < base + start) return
      forgotten = totalAt(end)
      while (base + start <= end) entries[start++] = undefined
      close()
    },
  }
}
