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

/** Their spelling in the configuration file and in the claims of tokens. */
export const LIMIT_FIELDS = {
  window_ms: 'windowMs',
  window_requests: 'windowRequests',
  streaming_per_minute: 'streamingPerMinute',
  requests_per_minute: 'requestsPerMinute',
  burst: 'burst',
  tokens_per_minute: 'tokensPerMinute',
  concurrent_streams: 'concurrentStreams',
} as const satisfies Readonly<Record<string, keyof CallLimits>>

export interface CallerLimits extends CallLimits {
  /** Further limits for models whose name matches a pattern, each with a count of its own. */
  readonly models?: Readonly<Record<string, CallLimits>>
}

/** Whether it says more than what holds for some models. */
export const limitsEveryModel = (limits: CallerLimits): boolean =>
  Object.keys(limits).some((field) => field !== 'models')

export interface LimitOptions {
  /** For each caller. A caller's own limits replace the fields that they set. */
  readonly everyCaller: CallerLimits
  /** In place of `everyCaller`, for callers without limits of their own, or with limits for some models only. */
  readonly unlessOwn?: CallerLimits
  /** For each address, whatever its keys. */
  readonly byIp?: CallerLimits
  /** For each owner, over all keys of that owner. */
  readonly byOwner?: CallerLimits
}

/** What holds beyond loopback if nothing else is configured. */
export const DEFAULT_WINDOWS = {
  windowMs: 900_000,
  windowRequests: 1000,
  streamingPerMinute: 50,
} as const
