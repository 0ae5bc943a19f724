/** Token usage. Here `input_tokens` excludes cached tokens; the canonical model includes them. */
import { isJsonObject, type JsonObject, NO_USAGE, type Usage } from '#model'
import { hasTokenCount, toDoubt, toList, toTokenCount } from '../requests/lenient-fields.ts'
import { toRareUsage } from '../tokens/rare-usage.ts'
import { toReportedCost } from '../tokens/reported-cost.ts'
import type { WireUsage } from './wire.ts'

export const decodeUsage = (answer: JsonObject): Usage | undefined =>
  isJsonObject(answer.usage) && isReported(answer.usage) ? toUsage(answer.usage) : undefined

/** Whether there are counts that can be read. */
export const isReported = ({ input_tokens, output_tokens }: WireUsage): boolean =>
  hasTokenCount(input_tokens, output_tokens)

export const toUsage = (usage: WireUsage): Usage => {
  const { sum, writtenFor1h, longestInputTokens, isPartial } = addSteps(usage)
  return {
    ...sum,
    reasoningTokens: toTokenCount(usage.output_tokens_details?.thinking_tokens),
    ...toRareUsage(
      {
        cacheWrite1hTokens: writtenFor1h,
        webSearches: usage.server_tool_use?.web_search_requests,
        longestInputTokens,
      },
      isFast(usage) ? usage.speed : usage.service_tier,
    ),
    ...toGeo(usage),
    ...toReportedCost({ ...usage }),
    ...(isPartial ? { estimated: true } : toDoubt(usage.input_tokens, usage.output_tokens)),
  }
}

const countsOf = (usage: WireUsage) => {
  const cacheReadTokens = toTokenCount(usage.cache_read_input_tokens)
  const cacheWriteTokens = toTokenCount(usage.cache_creation_input_tokens)
  return {
    inputTokens: toTokenCount(usage.input_tokens) + cacheReadTokens + cacheWriteTokens,
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: toTokenCount(usage.output_tokens),
  }
}

const writtenFor1hOf = (usage: WireUsage): number =>
  toTokenCount(usage.cache_creation?.ephemeral_1h_input_tokens)

/** These are in the counts of the answer. */
const COUNTED_STEPS: ReadonlySet<unknown> = new Set([undefined, 'message'])

/**
 * A compaction is charged beside the counts of the answer, and each step by its own length. Another model's step has
 * that model's price: https://platform.claude.com/docs/en/build-with-claude/compaction-threshold
 */
const addSteps = (usage: WireUsage) => {
  const sum = countsOf(usage)
  let writtenFor1h = writtenFor1hOf(usage)
  let longestInputTokens = 0
  let isPartial = false
  const steps = toList(usage.iterations).filter(isJsonObject)
  for (const step of steps) {
    const counts = countsOf(step)
    longestInputTokens = Math.max(longestInputTokens, counts.inputTokens)
    if (COUNTED_STEPS.has(step.type)) continue
    if (step.type !== 'compaction') {
      isPartial ||= counts.inputTokens + counts.outputTokens > 0
      continue
    }
    sum.inputTokens += counts.inputTokens
    sum.cacheReadTokens += counts.cacheReadTokens
    sum.cacheWriteTokens += counts.cacheWriteTokens
    sum.outputTokens += counts.outputTokens
    writtenFor1h += writtenFor1hOf(step)
  }
  return { sum, writtenFor1h, longestInputTokens, isPartial }
}

/** What it says if it is not about a place. */
const NO_PLACE: ReadonlySet<string> = new Set(['', 'global', 'not_available'])

const MAX_PLACE_NAME = 40

const toGeo = ({ inference_geo: geo }: WireUsage): Pick<Usage, 'inferenceGeo'> =>
  typeof geo === 'string' && !NO_PLACE.has(geo)
    ? { inferenceGeo: geo.slice(0, MAX_PLACE_NAME) }
    : {}

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
