/** Token usage. Here `input_tokens` excludes cached tokens; the canonical model includes them. */
import { isJsonObject, type JsonObject, NO_USAGE, type Usage } from '#model'
import { toTokenCount } from '../requests/lenient-fields.ts'
import { toRareUsage } from '../tokens/rare-usage.ts'
import type { WireUsage } from './wire.ts'

export const decodeUsage = (answer: JsonObject): Usage | undefined =>
  isJsonObject(answer.usage) ? toUsage(answer.usage) : undefined

export const toUsage = (usage: WireUsage): Usage => {
  const cacheReadTokens = toTokenCount(usage.cache_read_input_tokens)
  const cacheWriteTokens = toTokenCount(usage.cache_creation_input_tokens)
  return {
    inputTokens: toTokenCount(usage.input_tokens) + cacheReadTokens + cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: toTokenCount(usage.output_tokens),
    reasoningTokens: toTokenCount(usage.output_tokens_details?.thinking_tokens),
    ...toRareUsage(
      { cacheWrite1hTokens: usage.cache_creation?.ephemeral_1h_input_tokens },
      isFast(usage) ? usage.speed : usage.service_tier,
    ),
  }
}

/** Fast answers have prices of their own: https://platform.claude.com/docs/en/build-with-claude/fast-mode */
const isFast = ({ speed }: WireUsage): boolean =>
  typeof speed === 'string' && speed !== '' && speed !== 'standard'

/** The last report counts; fields that it lacks keep their earlier values. */
export const mergeUsage = (earlier: WireUsage, later: WireUsage): WireUsage => ({
  ...earlier,
  ...Object.fromEntries(Object.entries(later).filter(([, value]) => value !== null)),
})

export const encodeUsage = (usage: Usage) => {
  const read = usage.cacheReadTokens
  const written = usage.cacheWriteTokens
  const output = Math.max(usage.outputTokens, usage.reasoningTokens)
  return {
    input_tokens: Math.max(0, usage.inputTokens - read - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    output_tokens: output,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
    server_tool_use: null,
  }
}

/** Adds the fields that only the start of a stream and a complete answer have. */
export const encodeCompleteUsage = (usage: Usage) => ({
  ...encodeUsage(usage),
  cache_creation: null,
  service_tier: null,
  inference_geo: null,
  speed: null,
})

/** Clients plan by the input's size. If the upstream does not report it, our estimate is used. */
export const withInput = (usage: Usage = NO_USAGE, estimate: number): Usage =>
  usage.inputTokens > 0
    ? usage
    : { ...usage, inputTokens: Math.max(1, estimate), cacheReadTokens: 0, cacheWriteTokens: 0 }
