/** The tables in their latest version, as the migrations leave them. */

export interface RowSchema {
  readonly ledger: LedgerTable
  readonly ledger_minutes: LedgerMinuteTable
  readonly audit: AuditTable
}

/** A row a call. */
export interface LedgerTable {
  /** In the order in which the calls of a process ended. */
  readonly id: string
  /** In milliseconds of Unix time. */
  readonly ended_at: number
  /** The `x-request-id` of the answer. */
  readonly request_id: string
  /** The `requestId` of the call's log line: another one if an upstream gave the answer its own. */
  readonly log_request_id: string
  readonly caller_id: string
  readonly key_name: string | null
  readonly owner: string | null
  readonly route: string
  /** The model that the client asked for. */
  readonly model: string | null
  /** The target that served the call, or failed last. */
  readonly provider: string | null
  readonly target_model: string | null
  readonly service_tier: string | null
  /** All input, including what was read from a cache and written to one. */
  readonly input_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  /** The part of `cache_write_tokens` that is kept for an hour. */
  readonly cache_write_1h_tokens: number
  readonly output_tokens: number
  readonly reasoning_tokens: number
  readonly audio_input_tokens: number
  readonly audio_cache_read_tokens: number
  readonly audio_output_tokens: number
  readonly image_input_tokens: number
  readonly image_cache_read_tokens: number
  readonly image_output_tokens: number
  /** 1 if Sluice counted the tokens, and not the upstream. */
  readonly estimated: number
  /** In millionths of a millionth of a US dollar, so that sums are exact. Null if the price is unknown. */
  readonly cost_pico: number | null
  readonly outcome: string
  readonly attempts: number
  readonly first_byte_ms: number | null
  readonly duration_ms: number
  /** Separated by commas. */
  readonly tags: string | null
  /** What the cache did: `hit`, `miss` or `bypass`. Null if there is none. */
  readonly cache: string | null
  /** What a hit would have cost, as `cost_pico`. Null if that is unknown, or if it is no hit. */
  readonly saved_pico: number | null
}

/** The sums of a minute, for each caller and target. An empty text means that there is none. */
export interface LedgerMinuteTable {
  /** The start of the minute, in milliseconds of Unix time. */
  readonly minute: number
  readonly caller_id: string
  readonly key_name: string
  readonly owner: string
  readonly provider: string
  readonly target_model: string
  readonly calls: number
  /** Calls with another outcome than `ok`. */
  readonly failed_calls: number
  /** Calls whose price is unknown. */
  readonly unpriced_calls: number
  readonly input_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  readonly output_tokens: number
  readonly reasoning_tokens: number
  readonly cost_pico: number
  readonly duration_ms: number
  /** Calls that the cache answered, and those of them of which it is unknown what they would have cost. */
  readonly cached_calls: number
  readonly unpriced_cached_calls: number
  readonly saved_pico: number
}

/** What happened at `/admin` and to access. Whatever is the same within a minute is one row. */
export interface AuditTable {
  readonly id: string
  /** In milliseconds of Unix time. */
  readonly first_at: number
  readonly last_at: number
  /** How many times it happened. */
  readonly times: number
  /** Of the first time. */
  readonly request_id: string | null
  readonly actor_id: string | null
  readonly actor_name: string | null
  readonly address: string | null
  readonly action: string
  readonly subject: string | null
  readonly outcome: string
  readonly status: number | null
}
