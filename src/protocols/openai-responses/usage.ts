/** Usage. Here, as in the vocabulary, the input includes what was cached. */
import { isJsonObject, type JsonObject, type Usage } from '#model'

export const decodeUsage = (answer: JsonObject): Usage | undefined =>
  isJsonObject(answer.usage) ? toUsage(answer.usage) : undefined

const toCount = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0

const toUsage = (usage: JsonObject): Usage => {
  const input = isJsonObject(usage.input_tokens_details) ? usage.input_tokens_details : {}
  const output = isJsonObject(usage.output_tokens_details) ? usage.output_tokens_details : {}
  return {
    inputTokens: toCount(usage.input_tokens),
    cacheReadTokens: toCount(input.cached_tokens),
    cacheWriteTokens: toCount(input.cache_write_tokens),
    outputTokens: toCount(usage.output_tokens),
    reasoningTokens: toCount(output.reasoning_tokens),
  }
}

/** Clients add and compare these: parts never exceed their whole. */
export const encodeUsage = (usage: Usage, inputEstimate: number): JsonObject => {
  const told = usage.inputTokens > 0
  const input = told ? usage.inputTokens : inputEstimate
  const read = told ? Math.min(usage.cacheReadTokens, input) : 0
  const written = told ? Math.min(usage.cacheWriteTokens, input - read) : 0
  const output = Math.max(usage.outputTokens, usage.reasoningTokens)
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: input + output,
  }
}
