/** Whatever readers do, each one's text is that of the log, and its numbers have no gap and no overlap. */
import {
  type Arbitrary,
  array,
  assert,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  record,
  string,
} from 'fast-check'
import { expect, it } from 'vitest'
import { createEventLog, type EventLog, type Following, type LogEntry } from '#runs'

interface Piece {
  /** Neighbours of one part are joined. */
  readonly part: number
  readonly text: string
}

type Why = 'ended' | 'slow' | 'dropped' | 'forgotten'

type Action =
  | { readonly kind: 'append'; readonly part: number; readonly text: string }
  | { readonly kind: 'follow'; readonly behind: number; readonly takes: number }
  | { readonly kind: 'resume'; readonly reader: number; readonly takes: number }
  | { readonly kind: 'pause' | 'stop'; readonly reader: number }
  | { readonly kind: 'forget'; readonly kept: number }
  | { readonly kind: 'drop' }

interface Watched {
  readonly start: number
  seq: number
  text: string
  /** How many times it takes entries before it is full. */
  takes: number
  isTaking: boolean
  isReady: boolean
  why?: Why
  hasStopped: boolean
  following?: Following
}

const reader = nat(9)
const takes = nat(4)
const piece = record({
  kind: constant('append' as const),
  part: nat(2),
  text: string({ maxLength: 5 }),
})
const other = oneof(
  record({
    kind: constant('follow' as const),
    behind: integer({ min: -3, max: 20 }),
    takes,
  }),
  record({ kind: constant('resume' as const), reader, takes }),
  record({ kind: constantFrom('pause' as const, 'stop' as const), reader }),
  record({ kind: constant('forget' as const), kept: nat(20) }),
)
const drop = record({ kind: constant('drop' as const) })
const action: Arbitrary<Action> = oneof(
  { weight: 12, arbitrary: piece },
  { weight: 12, arbitrary: other },
  { weight: 1, arbitrary: drop },
)

const mayBeCalled = ({ isTaking, why, hasStopped }: Watched): boolean =>
  !isTaking && why === undefined && !hasStopped

/** Plays actions on a log, and compares what its readers get with a plain list of all events. */
const createPlay = (log: EventLog<Piece>, inside: Action[]) => {
  const all: Piece[] = []
  const readers: Watched[] = []
  const textBetween = (from: number, to: number): string =>
    all
      .slice(from - 1, to)
      .map(({ text }) => text)
      .join('')

  const check = (watched: Watched, { from, seq, event }: LogEntry<Piece>): void => {
    expect(from).toBe(watched.seq + 1)
    expect(seq).toBeGreaterThanOrEqual(from)
    expect(event).toEqual({ part: all[seq - 1]?.part, text: textBetween(from, seq) })
    for (const { part } of all.slice(from - 1, seq)) expect(part).toBe(event.part)
    watched.seq = seq
    watched.text += event.text
  }

  const follow = (behind: number, most: number): void => {
    const start = Math.max(0, log.lastSeq - behind)
    const watched: Watched = {
      start,
      seq: start,
      text: '',
      takes: most,
      isTaking: false,
      isReady: true,
      hasStopped: false,
    }
    const isForgotten = start + 1 < log.firstSeq
    readers.push(watched)
    watched.following = log.follow(start, {
      take(entries) {
        expect(mayBeCalled(watched)).toBe(true)
        expect(entries.length).toBeGreaterThan(0)
        watched.isTaking = true
        watched.isReady = false
        try {
          for (const entry of entries) check(watched, entry)
          const next = inside.pop()
          if (next) play(next)
        } finally {
          watched.isTaking = false
        }
        watched.takes--
        watched.isReady ||= watched.takes > 0
        return watched.takes > 0
      },
      end(why) {
        expect(mayBeCalled(watched)).toBe(true)
        watched.why = why
        if (why === 'forgotten') expect(watched.seq + 1).toBeLessThan(log.firstSeq)
        if (why === 'ended') expect(watched.seq).toBeGreaterThanOrEqual(log.lastSeq)
      },
    })
    if (isForgotten) expect(watched).toMatchObject({ why: 'forgotten', text: '' })
  }

  const append = ({ part, text }: Piece): void => {
    const seq = all.push({ part, text })
    expect(log.append({ part, text })).toBe(seq)
  }

  const play = (next: Action): void => {
    switch (next.kind) {
      case 'append':
        return append(next)
      case 'follow':
        return follow(next.behind, next.takes)
      case 'forget':
        return log.forget(log.lastSeq - next.kept)
      case 'drop':
        return log.drop()
      default:
    }
    const watched = readers[next.reader % readers.length]
    // Inside `follow`, there is nothing yet to stop it by.
    if (!watched?.following) return
    if (next.kind !== 'stop') watched.isReady = next.kind === 'resume'
    if (next.kind === 'resume') watched.takes = next.takes
    if (next.kind === 'stop') watched.hasStopped = true
    watched.following[next.kind]()
  }

  return { all, readers, textBetween, play }
}

it('holds for any mix of appends, readers, pauses and forgotten events', () => {
  const limits = record({
    maxEvents: constantFrom(Infinity, 1, 10),
    slow: constantFrom({ maxEvents: 6, maxBytes: 1_000, forMs: 5_000 }, undefined),
  })
  assert(
    property(
      limits,
      array(action, { maxLength: 150 }),
      array(action, { maxLength: 40 }),
      ({ maxEvents, slow }, outside, inside) => {
        const log = createEventLog<Piece>({
          sizeOf: ({ text }) => text.length,
          join: (earlier, later) =>
            earlier.part === later.part
              ? { part: later.part, text: earlier.text + later.text }
              : undefined,
          maxEvents,
          ...(slow && { slow }),
        })
        const within = [...inside]
        const { all, readers, textBetween, play } = createPlay(log, within)
        for (const next of outside) {
          play(next)
          expect(log.lastSeq).toBe(all.length)
          for (const watched of readers)
            if (watched.isReady && mayBeCalled(watched))
              expect(watched.seq).toBeGreaterThanOrEqual(log.lastSeq)
          expect(log.lastSeq - log.firstSeq).toBeLessThan(maxEvents)
          const kept = all.slice(log.firstSeq - 1)
          expect(log.entriesAfter(0).map(({ event }) => event)).toEqual(kept)
          expect(log.bytes).toBe(kept.reduce((bytes, { text }) => bytes + text.length, 0))
        }
        within.length = 0
        log.end()
        for (const watched of readers) {
          watched.takes = Infinity
          watched.following?.resume()
          expect(watched.why !== undefined || watched.hasStopped).toBe(true)
          expect(watched.text).toBe(textBetween(watched.start + 1, watched.seq))
          if (watched.why === 'ended' && watched.start < all.length)
            expect(watched.seq).toBe(all.length)
        }
        expect(log.readers).toBe(0)
      },
    ),
    { numRuns: 1_000 },
  )
})
