/** The tokens spent on one call. */
export interface Usage {
  /** Everything the model read: fresh, read from a cache, and written to a cache. */
  readonly inputTokens: number
  /** The part of the input that was read from a prompt cache. */
  readonly cacheReadTokens: number
  /** The part of the input that was written to a prompt cache. */
  readonly cacheWriteTokens: number
  /** The part of what was written that is kept for an hour. The rest is kept for minutes. */
  readonly cacheWrite1hTokens?: number
  /** The part of the input that is sound, and the part of that sound that was read from a cache. */
  readonly audioInputTokens?: number
  readonly audioCacheReadTokens?: number
  /** The same for images. */
  readonly imageInputTokens?: number
  readonly imageCacheReadTokens?: number
  /** Everything the model wrote, including thoughts. */
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** The parts of the output that are sound and images. */
  readonly audioOutputTokens?: number
  readonly imageOutputTokens?: number
  /** The vendor's name for how the call was served, if the answer names another tier than the usual one: `flex`. */
  readonly serviceTier?: string
  /** Where the vendor ran the model, if it names another place than usual: `us`. */
  readonly inferenceGeo?: string
  /** Searches of the web, and of stored files, by the vendor's own tools. They have fees beside the tokens. */
  readonly webSearches?: number
  readonly fileSearches?: number
  /** If the counts are the sum of several requests: the largest input of one of them, which decides its price. */
  readonly longestInputTokens?: number
  /** What the vendor says that it charges for the call, in picodollars. */
  readonly reportedPico?: number
  /** Counted by Sluice, not by the upstream; or there are fees that the upstream does not report. */
  readonly estimated?: boolean
}

const COUNTS = [
  'inputTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'cacheWrite1hTokens',
  'audioInputTokens',
  'audioCacheReadTokens',
  'imageInputTokens',
  'imageCacheReadTokens',
  'outputTokens',
  'reasoningTokens',
  'audioOutputTokens',
  'imageOutputTokens',
] as const

/** The sum of two usages. Its service tier is that of the later one. */
export const addUsage = (earlier: Usage, later: Usage): Usage => {
  const sum: { -readonly [field in keyof Usage]: Usage[field] } = {
    ...earlier,
    ...later,
    estimated: earlier.estimated === true || later.estimated === true,
  }
  for (const field of COUNTS)
    if (earlier[field] !== undefined) sum[field] = earlier[field] + (later[field] ?? 0)
  return sum
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
}
