/** Usage. Here, as in the vocabulary, the prompt includes what was cached. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import type { WireUsage } from './wire.ts'

export const decodeUsage = (answer: JsonObject): Usage | undefined =>
  isJsonObject(answer.usage) ? toUsage(answer.usage) : undefined

const toCount = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0

export const toUsage = (usage: WireUsage): Usage => {
  const inputTokens = toCount(usage.prompt_tokens)
  const completion = toCount(usage.completion_tokens)
  const reasoningTokens = toCount(usage.completion_tokens_details?.reasoning_tokens)
  // xAI leaves the thoughts out of completion_tokens: https://docs.x.ai/docs/guides/reasoning
  const apart = toCount(usage.total_tokens) === inputTokens + completion + reasoningTokens
  return {
    inputTokens,
    // DeepSeek names its cache hits so: https://api-docs.deepseek.com/guides/kv_cache
    cacheReadTokens: toCount(
      usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens,
    ),
    cacheWriteTokens: toCount(usage.prompt_tokens_details?.cache_write_tokens),
    outputTokens: apart ? completion + reasoningTokens : completion,
    reasoningTokens,
  }
}

/**
 * Roo Code reads the caches from a Chat answer in Anthropic's words alone, and counts none without them.
 * They are added where there is something to tell; the prompt's count includes them, as everywhere here.
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

/** Clients add and compare these: parts never exceed their whole. */
export const encodeUsage = (usage: Usage, inputEstimate: number) => {
  const told = usage.inputTokens > 0
  const prompt = told ? usage.inputTokens : inputEstimate
  const read = told ? Math.min(usage.cacheReadTokens, prompt) : 0
  const written = told ? Math.min(usage.cacheWriteTokens, prompt - read) : 0
  const completion = Math.max(usage.outputTokens, usage.reasoningTokens)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
  }
}
