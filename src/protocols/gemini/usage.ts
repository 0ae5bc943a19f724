/** Token usage. Here thoughts are counted beside the answer; in the vocabulary they are part of the output. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import { toConsistentUsage } from '../tokens/consistent-usage.ts'
import { toList, toTokenCount } from '../requests/lenient-fields.ts'
import { toRareUsage } from '../tokens/rare-usage.ts'
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
    ...toRareUsage(
      {
        audioInputTokens: countOf(usage.promptTokensDetails, 'AUDIO'),
        audioCacheReadTokens: countOf(usage.cacheTokensDetails, 'AUDIO'),
        imageInputTokens: countOf(usage.promptTokensDetails, 'IMAGE'),
        imageCacheReadTokens: countOf(usage.cacheTokensDetails, 'IMAGE'),
        audioOutputTokens: countOf(usage.candidatesTokensDetails, 'AUDIO'),
        imageOutputTokens: countOf(usage.candidatesTokensDetails, 'IMAGE'),
      },
      usage.serviceTier,
    ),
  }
}

/** The tokens of one modality in a list of all modalities. */
const countOf = (details: unknown, modality: string): number => {
  let tokens = 0
  for (const detail of toList(details))
    if (isJsonObject(detail) && detail.modality === modality)
      tokens += toTokenCount(detail.tokenCount)
  return tokens
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
