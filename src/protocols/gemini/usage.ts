/** Token usage. Here thoughts are counted beside the answer; in the vocabulary they are part of the output. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import { toConsistentUsage } from '../tokens/consistent-usage.ts'
import { toTokenCount } from '../requests/lenient-fields.ts'
import type { WireAnswer, WireUsage } from './wire.ts'

export const decodeUsage = (answer: WireAnswer): Usage | undefined =>
  isJsonObject(answer.usageMetadata) ? toUsage(answer.usageMetadata) : undefined

const toUsage = (usage: WireUsage): Usage => {
  const reasoningTokens = toTokenCount(usage.thoughtsTokenCount)
  return {
    inputTokens: toTokenCount(usage.promptTokenCount) + toTokenCount(usage.toolUsePromptTokenCount),
    cacheReadTokens: toTokenCount(usage.cachedContentTokenCount),
    cacheWriteTokens: 0,
    outputTokens: toTokenCount(usage.candidatesTokenCount) + reasoningTokens,
    reasoningTokens,
  }
}

export const encodeUsage = (usage: Usage, inputEstimate: number): JsonObject => {
  const { input, read, output, total, thoughts } = toConsistentUsage(usage, inputEstimate)
  return {
    promptTokenCount: input,
    ...(read > 0 ? { cachedContentTokenCount: read } : {}),
    candidatesTokenCount: output - thoughts,
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    totalTokenCount: total,
  }
}
