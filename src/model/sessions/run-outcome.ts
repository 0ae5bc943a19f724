/** What came of a run. */

/** What a run or a call of a model has used, as clients are told. Costs are in US dollars, null if no price is known. */
export interface CostSummary {
  readonly model: string
  readonly total_tokens: number
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly cached_tokens: number
  readonly cache_write_tokens: number
  readonly reasoning_tokens: number
  readonly total_cost: number | null
  /** Sluice counted the tokens, and not the upstream. */
  readonly estimated: boolean
}

export type RunEnd = 'done' | 'cancelled' | 'interrupted' | 'failed'
export type RunStatus = 'queued' | 'running' | RunEnd
