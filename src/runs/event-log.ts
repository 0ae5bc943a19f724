/** The contract of a log in this process: numbered events for any number of readers, each at its own speed. */

export interface LogEntry<Event> {
  readonly seq: number
  /** Less than `seq` if events were joined: the first number that it covers. */
  readonly from: number
  readonly event: Event
}

export interface LogOptions<Event> {
  /** How much memory an event takes, in bytes. */
  readonly sizeOf: (event: Event) => number
  /** One event in place of two that follow each other. Undefined: they cannot be joined. */
  readonly join?: (earlier: Event, later: Event) => Event | undefined
  /** The number of the first event. 1 by default. */
  readonly firstSeq?: number
  /** The oldest are forgotten above it. */
  readonly maxEvents?: number
  readonly slow?: SlowReaders
}

/** When a reader is too slow. From half of what may wait on, events are joined. */
export interface SlowReaders {
  readonly maxEvents: number
  readonly maxBytes: number
  /** For how long that much may wait. */
  readonly forMs: number
}

export interface LogReader<Event> {
  /**
   * Takes entries in order, and may use the log meanwhile. False: it takes no more until `resume` is called. A reader that
   * throws is dropped, and `append` throws the same when the others have read.
   */
  take(entries: readonly LogEntry<Event>[]): boolean
  /** There is nothing more to read: the log has ended, or this reader is sent away. */
  end(why: 'ended' | 'slow' | 'dropped' | 'forgotten'): void
}

export interface Following {
  /** The last event that was taken. */
  readonly seq: number
  /** As if `take` had answered false: its connection is full of something else. */
  pause(): void
  resume(): void
  stop(): void
}

export interface EventLog<Event> {
  /** The oldest event that is kept; `lastSeq + 1` if there is none. */
  readonly firstSeq: number
  /** `firstSeq - 1` if there is none. */
  readonly lastSeq: number
  readonly bytes: number
  readonly readers: number
  /** @returns its number */
  append(event: Event): number
  /** The entries after this number that are kept, as they are. */
  entriesAfter(seq: number): readonly LogEntry<Event>[]
  /**
   * Hands over what is kept before it returns. Ends a reader at once with `forgotten` if the event after `seq` is no longer
   * kept. One that is ahead of the log waits for the event after `seq`.
   */
  follow(seq: number, reader: LogReader<Event>): Following
  /** Forgets the events up to this number. */
  forget(seq: number): void
  /** No event follows: every reader ends when it has read all. */
  end(): void
  /** Sends every reader away. Others may follow. */
  drop(): void
}
