/** What the runs of sessions have cost together. */
import { addCosts, type CostSummary } from '#model'
import { NO_COST } from '../../../turns/run/cost-summary.ts'

export interface CostSums extends Omit<CostSummary, 'model'> {
  readonly runs: number
  readonly by_model: readonly (CostSummary & { readonly runs: number })[]
}

type Sum = CostSummary & { readonly runs: number }

const add = (sum: Sum, one: CostSummary): Sum => ({
  model: sum.model,
  total_tokens: sum.total_tokens + one.total_tokens,
  prompt_tokens: sum.prompt_tokens + one.prompt_tokens,
  completion_tokens: sum.completion_tokens + one.completion_tokens,
  cached_tokens: sum.cached_tokens + one.cached_tokens,
  cache_write_tokens: sum.cache_write_tokens + one.cache_write_tokens,
  reasoning_tokens: sum.reasoning_tokens + one.reasoning_tokens,
  total_cost: addCosts(sum.total_cost, one.total_cost),
  estimated: sum.estimated || one.estimated,
  runs: sum.runs + 1,
})

/** Costs are null if the price of one run is not known. */
export const sumCosts = (summaries: readonly CostSummary[]): CostSums => {
  const byModel = new Map<string, Sum>()
  let total: Sum = { model: '', ...NO_COST, runs: 0 }
  for (const one of summaries) {
    total = add(total, one)
    const known = byModel.get(one.model) ?? { model: one.model, ...NO_COST, runs: 0 }
    byModel.set(one.model, add(known, one))
  }
  const { model: _none, ...sums } = total
  return { ...sums, by_model: [...byModel.values()] }
}
