/** The messages between the server's thread and the thread of SQLite. */
import type { SqlStatement } from '../row-store.ts'

export interface SqlQuestion {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** A JSON array of rows, each an array of parameters: the statement runs once for each of them. */
  readonly rows?: string
  /** These run in place of `sql`, each list in a transaction of its own, which ends if its first statement changes nothing. */
  readonly transactions?: readonly (readonly SqlStatement[])[]
}

export type SqlReply =
  | { readonly id: number; readonly result: SqlResult }
  | { readonly id: number; readonly fault: SqlFault }

export interface SqlResult {
  readonly rows: readonly object[]
  readonly changes: number
  /** For each transaction, whether its first statement changed anything. */
  readonly outcomes?: readonly (boolean | SqlFault)[]
}

export interface SqlFault {
  readonly message: string
  /** Of SQLite: 13 for a full disk. Undefined if the fault is of the system. */
  readonly errcode?: number
  /** The file was deleted, or another one is in its place: its tables have to be made. */
  readonly isGone?: boolean
}

/** In place of the path: what is written is gone with the process. */
export const IN_MEMORY = ':memory:'

/** How long to wait for another process that writes. */
export const BUSY_MS = 5_000

export interface SqliteFile {
  readonly path: string
  /** The size that the file may have. Absent: as much as the disk has room for. */
  readonly maxBytes?: number
}
