/** The rows in a file, through SQLite in a thread of its own. */
import { Kysely } from 'kysely'
import { migrate } from '../migrations/migrate.ts'
import type { SqliteStore } from '../row-store.ts'
import type { RowSchema } from '../schema.ts'
import { createDialect } from './dialect.ts'
import { createSqliteThread } from './sqlite-thread.ts'

/** @param onGone called if the file was deleted or replaced: the store has to be opened again. */
export const openStore = async (path: string, onGone: () => void): Promise<SqliteStore> => {
  const thread = createSqliteThread({ path }, onGone)
  const db = new Kysely<RowSchema>({ dialect: createDialect(thread) })
  const close = async (): Promise<void> => {
    await db.destroy()
    await thread.close()
  }
  try {
    // The transaction is the only writer from its start, which is lock enough.
    await migrate(db as unknown as Kysely<unknown>, async () => undefined)
  } catch (error) {
    await close()
    throw error
  }
  return {
    kind: 'sqlite',
    db,
    transaction: (work) => db.transaction().execute(work),
    runForEach: thread.runForEach,
    close,
  }
}
