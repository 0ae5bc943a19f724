/** Opens a database without its migrations. */
import { Kysely } from 'kysely'
import type { RowOptions } from '#stores'
import { createDialect as createPostgres } from '../../../src/stores/rows/postgres/dialect.ts'
import { createDialect as createSqlite } from '../../../src/stores/rows/sqlite/dialect.ts'
import { createSqliteThread } from '../../../src/stores/rows/sqlite/sqlite-thread.ts'

export const openBare = async ({ folder, databaseUrl }: RowOptions) => {
  if (databaseUrl !== undefined) {
    const db = new Kysely<object>({ dialect: createPostgres(databaseUrl) })
    return { db, close: () => db.destroy() }
  }
  const thread = createSqliteThread({ path: `${folder}/sluice.db` })
  const db = new Kysely<object>({ dialect: createSqlite(thread) })
  return { db, close: () => thread.close() }
}
