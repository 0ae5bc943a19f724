/** Brings a database to the latest version. Each migration runs once, in order, and all of them in one transaction. */
import type { Kysely, Transaction } from 'kysely'
import { ledger } from './0001-ledger.ts'
import { ledgerMinutes } from './0002-ledger-minutes.ts'
import { audit } from './0003-audit.ts'
import { ledgerAges } from './0004-ledger-ages.ts'
import { ledgerCache } from './0005-ledger-cache.ts'
import { sessions } from './0006-sessions.ts'
import { uploads } from './0007-uploads.ts'
import { runCosts } from './0008-run-costs.ts'

export interface Migration {
  /** It is written to the database, so it never changes. */
  readonly name: string
  /** Uses no code that may change later. */
  up(db: Kysely<unknown>): Promise<void>
}

/** New ones are added at the end. */
export const MIGRATIONS: readonly Migration[] = [
  { name: '0001-ledger', up: ledger },
  { name: '0002-ledger-minutes', up: ledgerMinutes },
  { name: '0003-audit', up: audit },
  { name: '0004-ledger-ages', up: ledgerAges },
  { name: '0005-ledger-cache', up: ledgerCache },
  { name: '0006-sessions', up: sessions },
  { name: '0007-uploads', up: uploads },
  { name: '0008-run-costs', up: runCosts },
]

interface Journal {
  readonly migrations: { readonly name: string; readonly applied_at: number }
}

/** Waits until no other process migrates this database. */
export type LockMigrations = (db: Transaction<Journal>) => Promise<unknown>

/** A database of a later version than this program is left as it is. */
export const migrate = (
  database: Kysely<unknown>,
  lock: LockMigrations,
  migrations = MIGRATIONS,
): Promise<void> =>
  (database as Kysely<Journal>).transaction().execute(async (db) => {
    await lock(db)
    await db.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('applied_at', 'bigint', (column) => column.notNull())
      .execute()
    const applied = await db.selectFrom('migrations').select('name').execute()
    const done = new Set(applied.map(({ name }) => name))
    for (const { name, up } of migrations.filter((each) => !done.has(each.name))) {
      await up(db as unknown as Kysely<unknown>)
      await db.insertInto('migrations').values({ name, applied_at: Date.now() }).execute()
    }
  })
