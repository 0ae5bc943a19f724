/** Token usage. Here, as in the vocabulary, the input includes cached tokens. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import { toConsistentUsage } from '../tokens/consistent-usage.ts'
import { toTokenCount } from '../requests/lenient-fields.ts'
import { toRareUsage } from '../tokens/rare-usage.ts'

export const decodeUsage = (answer: JsonObject): Usage | undefined =>
  isJsonObject(answer.usage) ? toUsage(answer.usage, answer.service_tier) : undefined

const toUsage = (usage: JsonObject, serviceTier: unknown): Usage => {
  const input = isJsonObject(usage.input_tokens_details) ? usage.input_tokens_details : {}
  const output = isJsonObject(usage.output_tokens_details) ? usage.output_tokens_details : {}
  return {
    inputTokens: toTokenCount(usage.input_tokens),
    cacheReadTokens: toTokenCount(input.cached_tokens),
    cacheWriteTokens: toTokenCount(input.cache_write_tokens),
    outputTokens: toTokenCount(usage.output_tokens),
    reasoningTokens: toTokenCount(output.reasoning_tokens),
    ...toRareUsage(
      {
        audioInputTokens: input.audio_tokens,
        imageInputTokens: input.image_tokens,
        audioOutputTokens: output.audio_tokens,
        imageOutputTokens: output.image_tokens,
      },
      serviceTier,
    ),
  }
}

export const encodeUsage = (usage: Usage, inputEstimate: number): JsonObject => {
  const { input, read, written, output, total, thoughts } = toConsistentUsage(usage, inputEstimate)
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: thoughts },
    total_tokens: total,
  }
}
