/** Pieces of one text are one row in the store, and one event for a reader that is behind. */
import type { LogEvent, StampedEvent } from '#model'
import type { StoredEvent } from '../../sessions/session-store.ts'

type Piece = Extract<LogEvent, { type: 'token' | 'reasoning' }>

const isPiece = (event: LogEvent): event is Piece =>
  event.type === 'token' || event.type === 'reasoning'

const areOfOnePart = (earlier: LogEvent, later: LogEvent): boolean =>
  isPiece(earlier) &&
  isPiece(later) &&
  earlier.type === later.type &&
  earlier.part === later.part &&
  earlier.run_id === later.run_id

/** Undefined if they are not pieces of one text. */
export const joinEvents = (
  earlier: StampedEvent,
  later: StampedEvent,
): StampedEvent | undefined => {
  const { event } = later
  if (earlier.epoch !== later.epoch || !isPiece(event)) return undefined
  if (!areOfOnePart(earlier.event, event)) return undefined
  return { ...later, event: { ...event, token: (earlier.event as Piece).token + event.token } }
}

/** The neighbours among them are joined. @param epoch in which they are written. */
export const toStored = (events: readonly StampedEvent[], epoch: number): StoredEvent[] => {
  const stored: StoredEvent[] = []
  for (let at = 0; at < events.length;) {
    const run = piecesAt(events, at)
    stored.push(toRow(run, epoch))
    at += run.length
  }
  return stored
}

/** The event at this place, and those after it that it can be joined with. */
const piecesAt = (events: readonly StampedEvent[], at: number): readonly StampedEvent[] => {
  const first = events[at] as StampedEvent
  let end = at + 1
  while (end < events.length && areOfOnePart(first.event, (events[end] ?? first).event)) end++
  return events.slice(at, end)
}

const toRow = (run: readonly StampedEvent[], epoch: number): StoredEvent => {
  const first = run[0] as StampedEvent
  const last = run.at(-1) ?? first
  const { seq, at, event } = last
  if (run.length === 1 || !isPiece(event)) return { seq, from: seq, epoch, at, event }
  const tokens = run.map((each) => (each.event as Piece).token)
  return {
    seq,
    from: first.seq,
    epoch,
    at,
    event: { ...event, token: tokens.join('') },
    lengths: tokens.map(({ length }) => length),
  }
}

/** The events that a row covers. */
export const fromStored = (stored: StoredEvent): readonly StampedEvent[] => {
  const { from, epoch, at, event, lengths } = stored
  if (!lengths || !isPiece(event)) return [{ seq: stored.seq, epoch, at, event }]
  let start = 0
  return lengths.map((length, index) => {
    const token = event.token.slice(start, (start += length))
    return { seq: from + index, epoch, at, event: { ...event, token } }
  })
}
