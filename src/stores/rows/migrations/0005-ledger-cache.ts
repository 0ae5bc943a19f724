/** What the cache did for a call, and what it saved. */
import type { Kysely } from 'kysely'

const SUMS = ['cached_calls', 'unpriced_cached_calls', 'saved_pico']

export const ledgerCache = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.alterTable('ledger').addColumn('cache', 'text').execute()
  await db.schema.alterTable('ledger').addColumn('saved_pico', 'bigint').execute()
  // A process of the version before writes sums without these.
  for (const name of SUMS)
    await db.schema
      .alterTable('ledger_minutes')
      .addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0))
      .execute()
}
