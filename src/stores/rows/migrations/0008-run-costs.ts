/** What runs have cost, in columns of its own: sums need nothing else of them. */
import type { Kysely } from 'kysely'

const COUNTS = [
  'started_at',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'cost_pico',
  'estimated',
]

/** Runs that have ended before have none of them. */
export const runCosts = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('session_runs').addColumn('cost_model', 'text').execute()
  for (const name of COUNTS)
    await db.schema.alterTable('session_runs').addColumn(name, 'bigint').execute()
}
