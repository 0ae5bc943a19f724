/** What a vendor says that it charges for a call, in picodollars. Whether it is believed is decided with the price. */
import { isJsonObject, type JsonObject, PICODOLLARS, type Usage } from '#model'

/** https://docs.x.ai/developers/cost-tracking */
const TICKS_PER_DOLLAR = 1e10

/** More than any call costs. */
const MAX_DOLLARS = 1000

export const toReportedCost = (usage: JsonObject): Pick<Usage, 'reportedPico'> => {
  const cost = findCost(usage)
  return cost === undefined ? {} : { reportedPico: Math.round(cost * PICODOLLARS) }
}

const findCost = ({
  cost,
  is_byok: hasOwnKey,
  cost_details: details,
  cost_in_usd_ticks: ticks,
}: JsonObject): number | undefined => {
  if (typeof ticks === 'number') return toCost(ticks / TICKS_PER_DOLLAR)
  // Perplexity: https://docs.perplexity.ai/api-reference/chat-completions-post
  if (isJsonObject(cost)) return toCost(cost.total_cost)
  if (!isCost(cost)) return undefined
  if (hasOwnKey !== true) return cost
  // With a key of the customer's own, OpenRouter charges a fee, and the model's vendor charges the rest:
  // https://openrouter.ai/docs/use-cases/usage-accounting
  const upstream = isJsonObject(details) ? details.upstream_inference_cost : undefined
  return isCost(upstream) ? cost + upstream : undefined
}

const isCost = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= MAX_DOLLARS

const toCost = (value: unknown): number | undefined => (isCost(value) ? value : undefined)
