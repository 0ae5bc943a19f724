/** Token usage. Here, as in the vocabulary, the prompt includes cached tokens. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import { toConsistentUsage } from '../tokens/consistent-usage.ts'
import { hasTokenCount, toDoubt, toList, toTokenCount } from '../requests/lenient-fields.ts'
import { toRareUsage } from '../tokens/rare-usage.ts'
import { toReportedCost } from '../tokens/reported-cost.ts'
import type { WireAnswer, WireUsage } from './wire.ts'

export const decodeUsage = (answer: JsonObject): Usage | undefined =>
  readUsage(answer.usage, answer.service_tier)

/** For a chunk of a stream; vendors put usage in several places. */
export const decodeChunkUsage = (chunk: WireAnswer): Usage | undefined => {
  const { usage, x_groq, choices, service_tier: tier } = chunk
  if (isJsonObject(usage)) return readUsage(usage, tier)
  if (isJsonObject(x_groq) && isJsonObject(x_groq.usage)) return readUsage(x_groq.usage, tier)
  for (const choice of toList(choices))
    if (isJsonObject(choice) && isJsonObject(choice.usage)) return readUsage(choice.usage, tier)
  return undefined
}

/** @param serviceTier a field of the answer, beside its usage. */
const readUsage = (usage: unknown, serviceTier: unknown): Usage | undefined =>
  isJsonObject(usage) && hasTokenCount(usage.prompt_tokens, usage.completion_tokens)
    ? toUsage(usage, serviceTier)
    : undefined

const toUsage = (usage: WireUsage, serviceTier: unknown): Usage => {
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = usage
  const read = largest(
    prompt?.cached_tokens,
    // DeepSeek's name for its cache hits: https://api-docs.deepseek.com/guides/kv_cache
    usage.prompt_cache_hit_tokens,
    // Moonshot's: https://platform.moonshot.ai/docs/api/chat
    usage.cached_tokens,
    usage.cache_read_input_tokens,
  )
  const written = largest(
    prompt?.cache_write_tokens,
    prompt?.cache_creation_input_tokens,
    usage.cache_creation_input_tokens,
  )
  const beside = toBeside(usage, read + written)
  const outputTokens = toTokenCount(usage.completion_tokens) + beside.thoughts
  return {
    inputTokens: toTokenCount(usage.prompt_tokens) + beside.cached,
    cacheReadTokens: read,
    cacheWriteTokens: written,
    outputTokens,
    reasoningTokens: toTokenCount(completion?.reasoning_tokens) || beside.thoughts,
    ...toRareUsage(
      {
        audioInputTokens: prompt?.audio_tokens,
        imageInputTokens: prompt?.image_tokens,
        audioOutputTokens: completion?.audio_tokens,
        imageOutputTokens: completion?.image_tokens,
      },
      serviceTier,
    ),
    ...toReportedCost({ ...usage }),
    ...toDoubt(usage.prompt_tokens, usage.completion_tokens),
  }
}

const largest = (...counts: readonly unknown[]): number => Math.max(...counts.map(toTokenCount))

const NOTHING_BESIDE = { thoughts: 0, cached: 0 }

/**
 * What the total includes and its parts do not. xAI leaves the thoughts out of completion_tokens, and Gemini does not
 * name them at all; servers that translate from Messages leave the cached tokens out of prompt_tokens:
 * https://docs.x.ai/docs/guides/reasoning, https://ai.google.dev/gemini-api/docs/openai
 */
const toBeside = (usage: WireUsage, cached: number): typeof NOTHING_BESIDE => {
  const named = toTokenCount(usage.prompt_tokens) + toTokenCount(usage.completion_tokens)
  const missing = toTokenCount(usage.total_tokens) - named
  if (missing <= 0) return NOTHING_BESIDE
  const thoughts = toTokenCount(usage.completion_tokens_details?.reasoning_tokens)
  if (missing === thoughts) return { thoughts, cached: 0 }
  if (missing === cached) return { thoughts: 0, cached }
  const isUnnamed = !usage.completion_tokens_details && !usage.prompt_audio_seconds
  return isUnnamed ? { thoughts: missing, cached: 0 } : NOTHING_BESIDE
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
