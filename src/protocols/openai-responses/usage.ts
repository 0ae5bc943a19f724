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
