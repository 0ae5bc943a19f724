/** Rows that outlive the process. SQLite and PostgreSQL give the same results. */
import type { Kysely, Transaction } from 'kysely'
import type { RowSchema } from './schema.ts'

/** The kind is for the few statements that the two write differently. */
export type RowStore = SqliteStore | PostgresStore

interface AnyStore {
  /** Every table is in its latest version. */
  readonly db: Kysely<RowSchema>
  /** All or nothing. In SQLite it is the only writer from its start. */
  transaction<Result>(work: (db: Transaction<RowSchema>) => Promise<Result>): Promise<Result>
  close(): Promise<void>
}

export interface SqliteStore extends AnyStore {
  readonly kind: 'sqlite'
  /**
   * Runs a statement for each row of a JSON array of arrays. It is part of the transaction in which it is called.
   *
   * @returns how many rows changed.
   */
  runForEach(statement: string, rows: string): Promise<number>
  /**
   * Runs statements in a transaction of their own. What is asked for at the same time is one message to the thread.
   *
   * @returns false if the first one changed nothing: then none of the others was run.
   */
  runAtOnce(statements: readonly SqlStatement[]): Promise<boolean>
  /** Removes from the disk what was deleted, unless another process reads the file at this moment. */
  wipe(): Promise<void>
}

export interface SqlStatement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export interface PostgresStore extends AnyStore {
  readonly kind: 'postgres'
}

export interface RowOptions {
  /** The folder of this process: for SQLite, and for what waits while PostgreSQL is gone. */
  readonly folder: string
  /** The address of PostgreSQL, in place of SQLite. */
  readonly databaseUrl?: string
}
