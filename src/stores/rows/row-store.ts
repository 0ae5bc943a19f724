/** Rows that outlive the process. SQLite and PostgreSQL give the same results. */
import type { Kysely, Transaction } from 'kysely'
import type { RowSchema } from './schema.ts'

export interface RowStore {
  /** For the few statements that the two write differently. */
  readonly kind: 'sqlite' | 'postgres'
  /** Every table is in its latest version. */
  readonly db: Kysely<RowSchema>
  /** All or nothing. In SQLite it is the only writer from its start. */
  transaction<Result>(work: (db: Transaction<RowSchema>) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

export interface RowOptions {
  /** The folder of this process: for SQLite, and for what waits while PostgreSQL is gone. */
  readonly folder: string
  /** The address of PostgreSQL, in place of SQLite. */
  readonly databaseUrl?: string
}
