/** Usage. Here the thoughts stand beside the answer; in the vocabulary they are part of the output. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import type { WireUsage } from './wire.ts'

export const decodeUsage = (answer: JsonObject): Usage | undefined =>
  isJsonObject(answer.usageMetadata) ? toUsage(answer.usageMetadata) : undefined

const toCount = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0

export const toUsage = (usage: WireUsage): Usage => {
  const reasoningTokens = toCount(usage.thoughtsTokenCount)
  return {
    inputTokens: toCount(usage.promptTokenCount) + toCount(usage.toolUsePromptTokenCount),
    cacheReadTokens: toCount(usage.cachedContentTokenCount),
    cacheWriteTokens: 0,
    outputTokens: toCount(usage.candidatesTokenCount) + reasoningTokens,
    reasoningTokens,
  }
}

/** Clients add and compare these: parts never exceed their whole. */
export const encodeUsage = (usage: Usage, inputEstimate: number): JsonObject => {
  const told = usage.inputTokens > 0
  const prompt = told ? usage.inputTokens : inputEstimate
  const cached = told ? Math.min(usage.cacheReadTokens, prompt) : 0
  const candidates = Math.max(0, usage.outputTokens - usage.reasoningTokens)
  return {
    promptTokenCount: prompt,
    ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
    candidatesTokenCount: candidates,
    ...(usage.reasoningTokens > 0 ? { thoughtsTokenCount: usage.reasoningTokens } : {}),
    totalTokenCount: prompt + candidates + usage.reasoningTokens,
  }
}
