/** A row of the ledger, as clients are told of it. */
import { type CostSummary, PICODOLLARS } from '#model'
import type { LedgerTable } from '#stores'

export const toSummary = (row: LedgerTable | undefined): CostSummary => {
  if (!row) throw new Error('the ledger has no row')
  return {
    model: row.target_model ?? row.model ?? '',
    total_tokens: row.input_tokens + row.output_tokens,
    prompt_tokens: row.input_tokens,
    completion_tokens: row.output_tokens,
    cached_tokens: row.cache_read_tokens,
    cache_write_tokens: row.cache_write_tokens,
    reasoning_tokens: row.reasoning_tokens,
    total_cost: row.cost_pico === null ? null : row.cost_pico / PICODOLLARS,
    estimated: row.estimated === 1,
  }
}
