/** The messages between the server's thread and the thread of SQLite. */

export interface SqlQuestion {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly unknown[]
  /** A JSON array of rows, each an array of parameters: the statement runs once for each of them. */
  readonly rows?: string
}

export type SqlReply =
  | { readonly id: number; readonly result: SqlResult }
  | { readonly id: number; readonly fault: SqlFault }

export interface SqlResult {
  readonly rows: readonly object[]
  readonly changes: number
}

export interface SqlFault {
  readonly message: string
  /** Of SQLite: 13 for a full disk. Undefined if the fault is of the system. */
  readonly errcode?: number
  /** The file was deleted, or another one is in its place: its tables have to be made. */
  readonly isGone?: boolean
}

export interface SqliteFile {
  readonly path: string
  /** The size that the file may have. Absent: as much as the disk. */
  readonly maxBytes?: number
}
