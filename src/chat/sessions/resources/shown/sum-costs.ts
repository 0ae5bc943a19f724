/** What the runs of sessions have cost together. */
import { addCosts, type CostSummary } from '#model'
import { NO_COST } from '../../../turns/run/cost-summary.ts'
import type { ModelCosts } from '../../session-store.ts'

export interface CostSums extends Omit<ModelCosts, 'model'> {
  readonly by_model: readonly ModelCosts[]
}

const add = (sum: ModelCosts, one: ModelCosts): ModelCosts => ({
  model: sum.model,
  total_tokens: sum.total_tokens + one.total_tokens,
  prompt_tokens: sum.prompt_tokens + one.prompt_tokens,
  completion_tokens: sum.completion_tokens + one.completion_tokens,
  cached_tokens: sum.cached_tokens + one.cached_tokens,
  cache_write_tokens: sum.cache_write_tokens + one.cache_write_tokens,
  reasoning_tokens: sum.reasoning_tokens + one.reasoning_tokens,
  total_cost: addCosts(sum.total_cost, one.total_cost),
  estimated: sum.estimated || one.estimated,
  runs: sum.runs + one.runs,
})

/** Several sums of one model become one. */
export const sumByModel = (costs: readonly ModelCosts[]): ModelCosts[] => {
  const byModel = new Map<string, ModelCosts>()
  for (const one of costs) {
    const known = byModel.get(one.model)
    byModel.set(one.model, known ? add(known, one) : one)
  }
  return [...byModel.values()]
}

export const toModelCosts = (summary: CostSummary): ModelCosts => ({ ...summary, runs: 1 })

/** Costs are null if the price of one run is not known. */
export const sumCosts = (byModel: readonly ModelCosts[]): CostSums => {
  let total: ModelCosts = { model: '', ...NO_COST, runs: 0 }
  for (const one of byModel) total = add(total, one)
  const { model: _none, ...sums } = total
  return { ...sums, by_model: byModel }
}
