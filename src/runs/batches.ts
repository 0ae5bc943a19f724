/** What a reader is handed at once. */
import type { KeptEvents } from './kept-events.ts'
import type { LogEntry, LogOptions } from './event-log.ts'

/** A reader that has read nothing for long is handed no more than this at once, so that it can say that it is full. */
const BATCH_BYTES = 16 * 1024

/** The same for events that are joined, which take less room afterwards. */
const JOINED_BYTES = 64 * 1024

/** The entries after this number, as many as are handed over at once. At least one. */
export const takeBatch = <Event>(
  kept: KeptEvents<Event>,
  after: number,
  join: LogOptions<Event>['join'],
): readonly LogEntry<Event>[] => {
  const entries: LogEntry<Event>[] = []
  const waiting = kept.bytesAfter(after)
  const most = join ? JOINED_BYTES : BATCH_BYTES
  let seq = after
  while (seq < kept.lastSeq && waiting - kept.bytesAfter(seq) < most) entries.push(kept.at(++seq))
  return join ? joinNeighbours(entries, join) : entries
}

const joinNeighbours = <Event>(
  entries: readonly LogEntry<Event>[],
  join: NonNullable<LogOptions<Event>['join']>,
): readonly LogEntry<Event>[] => {
  const joined: LogEntry<Event>[] = []
  for (const entry of entries) {
    const last = joined.at(-1)
    const event = last && join(last.event, entry.event)
    if (!last || event === undefined) joined.push(entry)
    else joined[joined.length - 1] = { seq: entry.seq, from: last.from, event }
  }
  return joined
}
