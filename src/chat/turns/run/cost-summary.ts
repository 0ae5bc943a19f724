/** What a run has used and cost, as clients are told. */
import { type CostSummary, type Settled, usageOf } from '#model'
import type { AnswerFold } from './answer-fold.ts'

export const NO_COST: Omit<CostSummary, 'model'> = {
  total_tokens: 0,
  prompt_tokens: 0,
  completion_tokens: 0,
  cached_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  total_cost: 0,
  estimated: false,
}

/** The same figures as in the ledger. @param model that was asked for. */
export const toCostSummary = (settled: Settled, model: string): CostSummary => {
  const usage = usageOf(settled)
  const total = usage.inputTokens + usage.outputTokens
  const name = settled.target?.model ?? model
  if (total === 0 && !settled.cost) return { model: name, ...NO_COST }
  return {
    model: name,
    total_tokens: total,
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    cached_tokens: usage.cacheReadTokens,
    cache_write_tokens: usage.cacheWriteTokens,
    reasoning_tokens: usage.reasoningTokens,
    total_cost: settled.cost,
    estimated: usage.estimated === true,
  }
}

/** Of a call that was not settled: as far as the log shows it. */
export const toLastKnownCost = (
  { tokenCount, cost, target }: Pick<AnswerFold, 'tokenCount' | 'cost' | 'target'>,
  model: string,
): CostSummary => ({
  ...NO_COST,
  model: target === undefined ? model : target.slice(target.indexOf('/') + 1),
  total_tokens: tokenCount,
  completion_tokens: tokenCount,
  total_cost: cost,
  estimated: tokenCount > 0,
})
