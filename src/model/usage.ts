/** Tokens spent on one call. */
export interface Usage {
  /** Everything the model read: fresh, cached and written to the cache. */
  readonly inputTokens: number
  /** Of those, read from a prompt cache. */
  readonly cacheReadTokens: number
  /** Of those, written to a prompt cache. */
  readonly cacheWriteTokens: number
  /** Everything the model wrote, thoughts included. */
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** Counted here, not by the upstream. */
  readonly estimated?: boolean
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
}
