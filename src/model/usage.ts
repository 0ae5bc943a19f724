/** The tokens spent on one call. */
export interface Usage {
  /** Everything the model read: fresh, read from a cache, and written to a cache. */
  readonly inputTokens: number
  /** The part of the input that was read from a prompt cache. */
  readonly cacheReadTokens: number
  /** The part of the input that was written to a prompt cache. */
  readonly cacheWriteTokens: number
  /** Everything the model wrote, including thoughts. */
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** Counted by Sluice, not by the upstream. */
  readonly estimated?: boolean
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
}
