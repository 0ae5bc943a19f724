/** Finds old rows of the ledger without reading the others. */
import type { Kysely } from 'kysely'

export const ledgerAges = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema.createIndex('ledger_by_age').on('ledger').column('ended_at').execute()
}
