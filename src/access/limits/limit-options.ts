/** The limits that an operator sets for callers. What is undefined is not limited. */

/** Limits that are counted together. */
export interface CallLimits {
  /** The length of the general window. Default: `DEFAULT_WINDOWS.windowMs`. */
  readonly windowMs?: number
  /** Calls in each general window. */
  readonly windowRequests?: number
  /** Streamed calls and turns of sockets, a minute. */
  readonly streamingPerMinute?: number
  /** Calls a minute, as a bucket that fills continuously. */
  readonly requestsPerMinute?: number
  /** The size of that bucket. Default: the calls of a minute. */
  readonly burst?: number
  /** Input and output tokens a minute. */
  readonly tokensPerMinute?: number
  /** Streams at a time. */
  readonly concurrentStreams?: number
}

export interface CallerLimits extends CallLimits {
  /** Further limits for models whose name matches a pattern, each with a count of its own. */
  readonly models?: Readonly<Record<string, CallLimits>>
}

/** What holds beyond loopback if nothing else is configured. */
export const DEFAULT_WINDOWS = {
  windowMs: 900_000,
  windowRequests: 1000,
  streamingPerMinute: 50,
} as const
