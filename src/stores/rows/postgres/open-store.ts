/** The rows in PostgreSQL. */
import { Kysely, sql } from 'kysely'
import { migrate } from '../migrations/migrate.ts'
import type { PostgresStore } from '../row-store.ts'
import type { RowSchema } from '../schema.ts'
import { createDialect } from './dialect.ts'

/** An arbitrary number, which all versions of Sluice have in common. */
const MIGRATION_LOCK = 7_360_114

/** How long connections may take to close: a server that hangs never answers. */
const CLOSE_MS = 2_000

export const openStore = async (url: string): Promise<PostgresStore> => {
  const db = new Kysely<RowSchema>({ dialect: createDialect(url) })
  const close = async (): Promise<void> => {
    const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref())
    await Promise.race([db.destroy(), late])
  }
  try {
    // It is released at the end of the transaction.
    await migrate(db as unknown as Kysely<unknown>, (transaction) =>
      sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(transaction),
    )
  } catch (error) {
    await close()
    throw error
  }
  return {
    kind: 'postgres',
    db,
    transaction: (work) => db.transaction().execute(work),
    close,
  }
}
