/** What the upstream reported, and what was observed in case it did not. */
import type { AnswerFacts, Usage } from '#model'
import type { OddEnding } from '#protocols'
import { estimateTokens } from '#usage'

export interface Spent {
  readonly usage: { readonly [field in keyof Usage]?: Usage[field] | undefined }
  readonly outputCharacters: number
  /** How the answer ended, if it may not have ended well. */
  readonly ending?: OddEnding | undefined
  /** What the answer says of itself, as far as it was read. */
  readonly answer?: AnswerFacts | undefined
}

export const toUsage = ({ usage, outputCharacters }: Spent, requestBytes: number): Usage => {
  const { inputTokens, outputTokens } = usage.estimated ? withoutZeros(usage) : usage
  return {
    ...toRare(usage),
    inputTokens: inputTokens ?? estimateTokens(requestBytes),
    cacheReadTokens: usage.cacheReadTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    // Mid-answer, reported output tokens are missing or too low.
    outputTokens: outputTokens ?? estimateTokens(outputCharacters),
    reasoningTokens: usage.reasoningTokens ?? 0,
    estimated: usage.estimated ?? (inputTokens === undefined || outputTokens === undefined),
  }
}

/** An estimate of zero is no count: what was estimated was the rest. */
const withoutZeros = ({ inputTokens, outputTokens }: Spent['usage']) => ({
  inputTokens: inputTokens === 0 ? undefined : inputTokens,
  outputTokens: outputTokens === 0 ? undefined : outputTokens,
})

const RARE = [
  'cacheWrite1hTokens',
  'audioInputTokens',
  'audioCacheReadTokens',
  'imageInputTokens',
  'imageCacheReadTokens',
  'audioOutputTokens',
  'imageOutputTokens',
  'webSearches',
  'fileSearches',
  'longestInputTokens',
  'reportedPico',
] as const

type Rare = Pick<Usage, (typeof RARE)[number] | 'serviceTier' | 'inferenceGeo'>

const toRare = (usage: Spent['usage']): Rare => {
  const found: { -readonly [field in keyof Rare]: Rare[field] } = {}
  for (const field of RARE) {
    const count = usage[field]
    if (count !== undefined) found[field] = count
  }
  if (usage.serviceTier !== undefined) found.serviceTier = usage.serviceTier
  if (usage.inferenceGeo !== undefined) found.inferenceGeo = usage.inferenceGeo
  return found
}
