/** The metrics of Sluice. docs/metrics.md describes them. */

interface Family {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
}

const TARGET = ['provider', 'model'] as const

export const FAMILIES = {
  sluice_calls_total: {
    type: 'counter',
    help: 'Calls that have ended.',
    labels: ['route', 'lane', 'protocol', ...TARGET, 'outcome'],
  },
  sluice_errors_total: {
    type: 'counter',
    help: 'Calls that ended in an error, by its code.',
    labels: ['code', 'provider'],
  },
  sluice_refusals_total: {
    type: 'counter',
    help: 'Requests that were refused before they were a call, by the code of the error.',
    labels: ['code'],
  },
  sluice_attempts_total: {
    type: 'counter',
    help: 'Requests to targets, by how they ended: ok, or the code of the error.',
    labels: [...TARGET, 'outcome'],
  },
  sluice_tokens_total: {
    type: 'counter',
    help: 'Tokens. input includes the cached ones, output includes the thoughts.',
    labels: [...TARGET, 'kind'],
  },
  sluice_cost_dollars_total: {
    type: 'counter',
    help: 'The cost of calls whose price is known, in US dollars.',
    labels: TARGET,
  },
  sluice_unpriced_calls_total: {
    type: 'counter',
    help: 'Calls whose price is not known.',
    labels: TARGET,
  },
  sluice_cache_calls_total: {
    type: 'counter',
    help: 'Calls by what the cache did for them, if there is one.',
    labels: ['use'],
  },
  sluice_cache_saved_dollars_total: {
    type: 'counter',
    help: 'What calls that the cache answered would have cost, where it is known, in US dollars.',
    labels: TARGET,
  },
  sluice_first_byte_seconds: {
    type: 'histogram',
    help: 'From the arrival of a call to the first byte of its answer, unless the cache answered.',
    labels: TARGET,
  },
  sluice_chunk_gap_seconds: {
    type: 'histogram',
    help: 'Between two pieces of a stream, as they arrive from its upstream.',
    labels: ['provider'],
  },
  sluice_overhead_seconds: {
    type: 'histogram',
    help: 'The part of the time to the first byte that Sluice itself took.',
    labels: ['lane'],
  },
  sluice_live_store_seconds: {
    type: 'histogram',
    help: 'How long calls wait for Redis, or for the first process of several.',
    labels: [],
  },
  sluice_calls_in_progress: { type: 'gauge', help: 'Calls that have not ended.', labels: [] },
  sluice_streams_in_progress: { type: 'gauge', help: 'Streams that have not ended.', labels: [] },
  sluice_sockets_open: { type: 'gauge', help: 'WebSockets that clients have open.', labels: [] },
  sluice_background_runs_in_progress: {
    type: 'gauge',
    help: 'Responses that Sluice generates in the background. Each is a call in progress, too.',
    labels: [],
  },
  sluice_memory_held_bytes: {
    type: 'gauge',
    help: 'What the memory account holds for callers.',
    labels: [],
  },
  sluice_memory_limit_bytes: {
    type: 'gauge',
    help: 'What it may hold: limits.in_flight_bytes.',
    labels: [],
  },
  sluice_ledger_waiting_rows: {
    type: 'gauge',
    help: 'Rows of the ledger and the audit that wait for the database.',
    labels: [],
  },
  sluice_ledger_up: {
    type: 'gauge',
    help: '1 if the ledger can be written, as far as is known.',
    labels: ['store'],
  },
  sluice_live_store_up: {
    type: 'gauge',
    help: '1 if the live store is used, 0 while this process replaces it.',
    labels: ['store'],
  },
  sluice_config_generation: {
    type: 'gauge',
    help: 'How many configurations this process has used: 1 after its start.',
    labels: [],
  },
  sluice_config_loaded_timestamp_seconds: {
    type: 'gauge',
    help: 'When the configuration in use was loaded, in seconds of Unix time.',
    labels: [],
  },
  sluice_config_refusals_total: {
    type: 'counter',
    help: 'How often a configuration was not loaded because of a fault in it.',
    labels: [],
  },
  sluice_provider_up: {
    type: 'gauge',
    help: '1 if the calls to a provider say that it can be used, or nothing yet; 0 if it is down.',
    labels: ['provider'],
  },
  sluice_provider_check_up: {
    type: 'gauge',
    help: '1 if the last health check of a provider succeeded, 0 if it failed.',
    labels: ['provider'],
  },
} as const satisfies Record<string, Family>

export type FamilyName = keyof typeof FAMILIES

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  readonly value: number
  /** What follows the name of the family: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string
}

/** What a family has to say now. */
export interface Reading {
  readonly name: FamilyName
  readonly samples: readonly Sample[]
}
