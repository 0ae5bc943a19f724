/** Token usage. Here, as in the vocabulary, the prompt includes cached tokens. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import { toConsistentUsage } from '../tokens/consistent-usage.ts'
import { toList, toTokenCount } from '../requests/lenient-fields.ts'
import { toRareUsage } from '../tokens/rare-usage.ts'
import type { WireAnswer, WireUsage } from './wire.ts'

export const decodeUsage = (answer: JsonObject): Usage | undefined =>
  isJsonObject(answer.usage) ? toUsage(answer.usage, answer.service_tier) : undefined

/** For a chunk of a stream; vendors put usage in several places. */
export const decodeChunkUsage = (chunk: WireAnswer): Usage | undefined => {
  const { usage, x_groq, choices, service_tier: tier } = chunk
  if (isJsonObject(usage)) return toUsage(usage, tier)
  if (isJsonObject(x_groq) && isJsonObject(x_groq.usage)) return toUsage(x_groq.usage, tier)
  for (const choice of toList(choices))
    if (isJsonObject(choice) && isJsonObject(choice.usage)) return toUsage(choice.usage, tier)
  return undefined
}

/** @param serviceTier a field of the answer, beside its usage. */
export const toUsage = (usage: WireUsage, serviceTier?: unknown): Usage => {
  const inputTokens = toTokenCount(usage.prompt_tokens)
  const completion = toTokenCount(usage.completion_tokens)
  const reasoningTokens = toTokenCount(usage.completion_tokens_details?.reasoning_tokens)
  // xAI leaves the thoughts out of completion_tokens: https://docs.x.ai/docs/guides/reasoning
  const excludesThoughts =
    toTokenCount(usage.total_tokens) === inputTokens + completion + reasoningTokens
  return {
    inputTokens,
    // DeepSeek's name for its cache hits: https://api-docs.deepseek.com/guides/kv_cache
    cacheReadTokens: toTokenCount(
      usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens,
    ),
    cacheWriteTokens: toTokenCount(usage.prompt_tokens_details?.cache_write_tokens),
    outputTokens: excludesThoughts ? completion + reasoningTokens : completion,
    reasoningTokens,
    ...toRareUsage(
      {
        audioInputTokens: usage.prompt_tokens_details?.audio_tokens,
        imageInputTokens: usage.prompt_tokens_details?.image_tokens,
        audioOutputTokens: usage.completion_tokens_details?.audio_tokens,
        imageOutputTokens: usage.completion_tokens_details?.image_tokens,
      },
      serviceTier,
    ),
  }
}

/**
 * Roo Code reads cache counts from a Chat answer only in Anthropic's fields. They are added if there is something to
 * report; the prompt's count includes them, as everywhere here.
 * Reported: https://github.com/RooCodeInc/Roo-Code, src/api/providers/openai.ts (2026-11).
 */
export const encodeUsageInBothStyles = (usage: Usage, inputEstimate: number) => {
  const own = encodeUsage(usage, inputEstimate)
  const { cached_tokens: read, cache_write_tokens: written } = own.prompt_tokens_details
  return {
    ...own,
    ...(read > 0 ? { cache_read_input_tokens: read } : {}),
    ...(written > 0 ? { cache_creation_input_tokens: written } : {}),
  }
}

export const encodeUsage = (usage: Usage, inputEstimate: number) => {
  const { input, read, written, output, total, thoughts } = toConsistentUsage(usage, inputEstimate)
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: total,
    prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: thoughts },
  }
}
