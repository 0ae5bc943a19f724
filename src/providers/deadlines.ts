/** How long a provider may take, and the defaults. */

/** Characters of text, thoughts and arguments, in a window. */
export interface Pace {
  readonly characters: number
  readonly windowMs: number
}

export interface Deadlines {
  readonly connectMs: number
  /** Until the first event of a stream. */
  readonly firstEventMs: number
  /** Until an answer that is not streamed is complete. */
  readonly firstByteMs: number
  /** Between two pieces of a stream. */
  readonly idleMs: number
  /** The least that a stream must bring. Absent: it may be as slow as it likes. */
  readonly pace?: Pace
  /** For the complete call, retries included; absent: no limit. */
  readonly wholeMs?: number
}

export const DEFAULT_DEADLINES: Deadlines = {
  connectMs: 10_000,
  firstEventMs: 10 * 60_000,
  firstByteMs: 60 * 60_000,
  idleMs: 5 * 60_000,
}
