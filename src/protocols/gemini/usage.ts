/** Token usage. Here thoughts are counted beside the answer; in the vocabulary they are part of the output. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import { toConsistentUsage } from '../tokens/consistent-usage.ts'
import { hasTokenCount, toDoubt, toList, toText, toTokenCount } from '../requests/lenient-fields.ts'
import { toRareUsage } from '../tokens/rare-usage.ts'
import type { WireAnswer, WireUsage } from './wire.ts'

/** @param searches of earlier pieces of the same answer. */
export const decodeUsage = (
  answer: WireAnswer,
  searches: SearchUse = decodeSearches(answer) ?? NO_SEARCHES,
): Usage | undefined => {
  const { usageMetadata: usage } = answer
  if (!isJsonObject(usage)) return undefined
  if (!hasTokenCount(usage.promptTokenCount, usage.candidatesTokenCount)) return undefined
  // Google leaves out what is zero.
  const { promptTokenCount: input, candidatesTokenCount: output } = usage
  return { ...toUsage(usage), ...toDoubt(input, output ?? 0), ...searches }
}

/** Their fees begin after a free quota, so they are not known exactly. */
export type SearchUse = Pick<Usage, 'webSearches' | 'estimated'>

const NO_SEARCHES: SearchUse = {}

/** Older models charge a prompt that is grounded, newer ones each query: https://ai.google.dev/gemini-api/docs/pricing */
const CHARGED_BY_PROMPT = /^(?:models\/)?gemini-[12]\./

/** Undefined if this piece mentions no search. */
export const decodeSearches = ({ candidates, modelVersion }: WireAnswer): SearchUse | undefined => {
  let queries = 0
  let isGrounded = false
  for (const candidate of toList(candidates)) {
    const grounding = isJsonObject(candidate) ? candidate.groundingMetadata : undefined
    if (!isJsonObject(grounding)) continue
    queries += toList(grounding.webSearchQueries).length
    isGrounded ||= toList(grounding.groundingChunks).length > 0
  }
  if (queries === 0) return isGrounded ? { estimated: true } : undefined
  const isByPrompt = CHARGED_BY_PROMPT.test(toText(modelVersion))
  return { webSearches: isByPrompt ? 1 : queries, estimated: true }
}

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
