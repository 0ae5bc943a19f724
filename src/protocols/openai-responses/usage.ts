/** Token usage. Here, as in the vocabulary, the input includes cached tokens. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import { toConsistentUsage } from '../tokens/consistent-usage.ts'
import { hasTokenCount, toDoubt, toTokenCount } from '../requests/lenient-fields.ts'
import { toRareUsage } from '../tokens/rare-usage.ts'
import { toReportedCost } from '../tokens/reported-cost.ts'
import { toToolUse } from './tools/tool-use.ts'

export const decodeUsage = (answer: JsonObject): Usage | undefined => {
  const { usage } = answer
  return isJsonObject(usage) && hasTokenCount(usage.input_tokens, usage.output_tokens)
    ? toUsage(usage, answer)
    : undefined
}

const toUsage = (usage: JsonObject, { service_tier: tier, output: items }: JsonObject): Usage => {
  const input = isJsonObject(usage.input_tokens_details) ? usage.input_tokens_details : {}
  const output = isJsonObject(usage.output_tokens_details) ? usage.output_tokens_details : {}
  const inputTokens = toTokenCount(usage.input_tokens)
  const outputTokens = toTokenCount(usage.output_tokens)
  const reasoningTokens = toTokenCount(output.reasoning_tokens)
  const { hasOtherFees, ...searches } = toToolUse(items)
  // xAI counts thoughts beside the answer: https://docs.x.ai/docs/guides/reasoning
  const isBeside = toTokenCount(usage.total_tokens) === inputTokens + outputTokens + reasoningTokens
  return {
    inputTokens,
    cacheReadTokens: toTokenCount(input.cached_tokens),
    cacheWriteTokens: toTokenCount(input.cache_write_tokens),
    outputTokens: isBeside ? outputTokens + reasoningTokens : outputTokens,
    reasoningTokens,
    ...toRareUsage(
      {
        audioInputTokens: input.audio_tokens,
        imageInputTokens: input.image_tokens,
        audioOutputTokens: output.audio_tokens,
        imageOutputTokens: output.image_tokens,
        ...searches,
      },
      tier,
    ),
    ...toReportedCost(usage),
    ...(hasOtherFees ? { estimated: true } : toDoubt(usage.input_tokens, usage.output_tokens)),
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
