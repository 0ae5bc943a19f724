/** What a run has cost, as its row has it. */
import { PICODOLLARS } from '#model'
import type { RunRecord } from '../session-store.ts'

export const COST_COUNTS = [
  'started_at',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'cost_pico',
  'estimated',
] as const

export const COST_COLUMNS = ['cost_model', ...COST_COUNTS] as const

/** In the order of the columns. PostgreSQL stores no NUL, so the name of the model is JSON. */
export const toCostValues = ({
  startedAt,
  costSummary,
}: RunRecord): readonly (string | number | null)[] => {
  if (!costSummary) return [null, startedAt, null, null, null, null, null, null, null]
  const { model, total_cost: cost, estimated } = costSummary
  return [
    JSON.stringify(model),
    startedAt,
    costSummary.prompt_tokens,
    costSummary.completion_tokens,
    costSummary.cached_tokens,
    costSummary.cache_write_tokens,
    costSummary.reasoning_tokens,
    cost === null ? null : Math.round(cost * PICODOLLARS),
    estimated ? 1 : 0,
  ]
}
