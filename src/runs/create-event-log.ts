/** A log in this process. A reader is a place in it: what a slow one has not read is held once, for all readers. */
import { takeBatch } from './batches.ts'
import type {
  EventLog,
  Following,
  LogEntry,
  LogOptions,
  LogReader,
  SlowReaders,
} from './event-log.ts'
import { createKeptEvents } from './kept-events.ts'

type Leaving = Parameters<LogReader<never>['end']>[0]

interface Place<Event> {
  readonly reader: LogReader<Event>
  seq: number
  isReady: boolean
  /** Inside `take`, where nothing else is called. */
  isTaking: boolean
  /** Why it ended while it was taking. */
  leaving?: Leaving | undefined
  /** Runs while too much waits for it. */
  patience?: NodeJS.Timeout | undefined
}

/** What a reader threw. */
interface Failure {
  readonly thrown: unknown
}

export const createEventLog = <Event>(options: LogOptions<Event>): EventLog<Event> => {
  const { sizeOf, join, firstSeq = 1, maxEvents = Infinity, slow } = options
  const kept = createKeptEvents<Event>(firstSeq)
  const places = new Set<Place<Event>>()
  /** The last event in a list, which all readers that are not behind share. */
  let newest: readonly LogEntry<Event>[] = []
  let isHandingOut = false
  let hasEnded = false

  const isHalfFull = ({ seq }: Place<Event>): boolean =>
    slow !== undefined &&
    (2 * (kept.lastSeq - seq) >= slow.maxEvents || 2 * kept.bytesAfter(seq) >= slow.maxBytes)

  const isOverfull = ({ seq }: Place<Event>, { maxEvents: events, maxBytes }: SlowReaders) =>
    kept.lastSeq - seq > events || kept.bytesAfter(seq) > maxBytes

  const stopWaiting = (place: Place<Event>): void => {
    if (!place.patience) return
    clearTimeout(place.patience)
    place.patience = undefined
  }

  const remove = (place: Place<Event>): boolean => {
    stopWaiting(place)
    return places.delete(place)
  }

  const dismiss = (place: Place<Event>, why: Leaving): void => {
    if (!remove(place)) return
    if (place.isTaking) place.leaving = why
    else place.reader.end(why)
  }

  const handOver = (place: Place<Event>, entries: readonly LogEntry<Event>[]): void => {
    stopWaiting(place)
    place.seq = entries.at(-1)?.seq ?? place.seq
    place.isTaking = true
    // It may call `resume` before it answers that it is full.
    place.isReady = false
    try {
      if (place.reader.take(entries)) place.isReady = true
    } catch (thrown) {
      dismiss(place, 'dropped')
      throw thrown
    } finally {
      place.isTaking = false
      if (place.leaving) place.reader.end(place.leaving)
    }
  }

  const nextFor = (place: Place<Event>, joins: boolean): readonly LogEntry<Event>[] =>
    place.seq === kept.lastSeq - 1 ? newest : takeBatch(kept, place.seq, joins ? join : undefined)

  /** Hands a reader what it has not read, while it takes it. */
  const pump = (place: Place<Event>): void => {
    if (place.isTaking) return
    if (isForgotten(place.seq)) return dismiss(place, 'forgotten')
    // Most readers wait for one event, which nothing can be joined to.
    const joins = kept.lastSeq - place.seq > 1 && isHalfFull(place)
    while (place.isReady && place.seq < kept.lastSeq && places.has(place))
      handOver(place, nextFor(place, joins))
    if (!places.has(place)) return
    if (place.isReady && hasEnded) dismiss(place, 'ended')
    else if (slow && !place.isReady && !place.patience && isOverfull(place, slow))
      place.patience = setTimeout(() => dismiss(place, 'slow'), slow.forMs).unref()
  }

  /** A reader that fails does not keep the others from reading. */
  const forAll = (act: (place: Place<Event>) => void): Failure | undefined => {
    let failure: Failure | undefined
    for (const place of places)
      try {
        act(place)
      } catch (thrown) {
        failure ??= { thrown }
      }
    return failure
  }

  const handOut = (): void => {
    let done: number
    let failure: Failure | undefined
    isHandingOut = true
    // A reader may append while it takes. The others get that after they have taken this.
    do {
      done = kept.lastSeq
      failure = forAll(pump) ?? failure
    } while (kept.lastSeq > done)
    isHandingOut = false
    forget(kept.lastSeq - maxEvents)
    raise(failure)
  }

  const isForgotten = (seq: number): boolean => seq + 1 < kept.firstSeq

  const forget = (seq: number): void => {
    if (seq < kept.firstSeq) return
    kept.forget(seq)
    raise(
      forAll((place) => {
        if (isForgotten(place.seq)) dismiss(place, 'forgotten')
      }),
    )
  }

  const toFollowing = (place: Place<Event>): Following => ({
    get seq() {
      return place.seq
    },
    pause() {
      place.isReady = false
    },
    resume() {
      if (!places.has(place)) return
      place.isReady = true
      pump(place)
    },
    stop() {
      remove(place)
      place.leaving = undefined
    },
  })

  return {
    get firstSeq() {
      return kept.firstSeq
    },
    get lastSeq() {
      return kept.lastSeq
    },
    get bytes() {
      return kept.bytes
    },
    get readers() {
      return places.size
    },
    append(event) {
      const entry = kept.push(event, sizeOf(event))
      newest = [entry]
      if (!isHandingOut) handOut()
      return entry.seq
    },
    entriesAfter(seq) {
      const entries: LogEntry<Event>[] = []
      for (let at = Math.max(seq + 1, kept.firstSeq); at <= kept.lastSeq; at++)
        entries.push(kept.at(at))
      return entries
    },
    follow(seq, reader) {
      const place: Place<Event> = { reader, seq, isReady: true, isTaking: false }
      places.add(place)
      pump(place)
      return toFollowing(place)
    },
    forget,
    end() {
      hasEnded = true
      raise(forAll(pump))
    },
    drop() {
      raise(forAll((place) => dismiss(place, 'dropped')))
    },
  }
}

const raise = (failure: Failure | undefined): void => {
  if (failure) throw failure.thrown
}
