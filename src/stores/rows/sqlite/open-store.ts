/** The rows in a file, through SQLite in a thread of its own. */
import { Kysely } from 'kysely'
import { migrate } from '../migrations/migrate.ts'
import type { SqliteStore } from '../row-store.ts'
import type { RowSchema } from '../schema.ts'
import { createDialect } from './dialect.ts'
import { createGroups } from '../groups.ts'
import { BUSY_MS, type SqliteFile } from './sql-messages.ts'
import { createSqliteThread, type SqliteThread } from './sqlite-thread.ts'

/** @param onGone called if the file was deleted or replaced: the store has to be opened again. */
export const openStore = async (file: SqliteFile, onGone: () => void): Promise<SqliteStore> => {
  const thread = createSqliteThread(file, onGone)
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
    // Statements that arrive in the middle of a transaction would be part of it.
    runAtOnce: createGroups((transactions) =>
      db.connection().execute(() => thread.runAll(transactions)),
    ),
    wipe: () => db.connection().execute(() => wipe(thread)),
    close,
  }
}

/** Pages from before a deletion are in the journal until it is emptied. Everything else would wait for a reader. */
const wipe = async ({ run }: SqliteThread): Promise<void> => {
  await Promise.all([
    run('pragma busy_timeout = 0'),
    run('pragma wal_checkpoint(truncate)'),
    run(`pragma busy_timeout = ${BUSY_MS}`),
  ])
}
