/** What the upstream reported, and what was observed in case it did not. */
import type { Usage } from '#model'
import type { OddEnding } from '#protocols'
import { estimateTokens } from '#usage'

export interface Spent {
  readonly usage: { readonly [field in keyof Usage]?: Usage[field] | undefined }
  readonly outputCharacters: number
  /** How the answer ended, if it may not have ended well. */
  readonly ending?: OddEnding | undefined
}

export const toUsage = ({ usage, outputCharacters }: Spent, requestBytes: number): Usage => {
  const { inputTokens, outputTokens } = usage
  return {
    inputTokens: inputTokens ?? estimateTokens(requestBytes),
    cacheReadTokens: usage.cacheReadTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    // Mid-answer, reported output tokens are missing or too low.
    outputTokens: outputTokens ?? estimateTokens(outputCharacters),
    reasoningTokens: usage.reasoningTokens ?? 0,
    estimated: usage.estimated ?? (inputTokens === undefined || outputTokens === undefined),
  }
}
