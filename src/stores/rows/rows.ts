/** Opens the store of rows when it is first needed. Nothing is loaded, and no file made, before that. */
import { access } from 'node:fs/promises'
import type { RowOptions, RowStore } from './row-store.ts'
import { fileIn } from './sqlite/file-in.ts'
import { IN_MEMORY, type SqliteFile } from './sqlite/sql-messages.ts'

export interface Rows {
  readonly kind: RowStore['kind']
  /** The most that it holds. Undefined: as much as there is room for. */
  readonly maxBytes: number | undefined
  /** Opens the store once, and again after a failure. It brings the tables to their latest version. */
  open(): Promise<RowStore>
  /** False: nothing was ever written, and opening would make the first file. */
  exist(): Promise<boolean>
  close(): Promise<void>
}

/** What would not fit is refused, as on a full disk. */
const MAX_MEMORY_ROWS_BYTES = 256 * 1024 * 1024

/** @param place undefined: in the memory of this process, until it ends. */
export const createRows = (place?: RowOptions): Rows => {
  const databaseUrl = place?.databaseUrl
  const file: SqliteFile = place
    ? { path: fileIn(place.folder) }
    : { path: IN_MEMORY, maxBytes: MAX_MEMORY_ROWS_BYTES }
  let opened: Promise<RowStore> | undefined
  let closed = false

  const reopenLater = (): void => {
    const gone = opened
    opened = undefined
    gone?.then((store) => store.close()).catch(() => undefined)
  }

  const openStore = async (): Promise<RowStore> =>
    databaseUrl === undefined
      ? (await import('./sqlite/open-store.ts')).openStore(file, reopenLater)
      : (await import('./postgres/open-store.ts')).openStore(databaseUrl)

  return {
    kind: databaseUrl === undefined ? 'sqlite' : 'postgres',
    maxBytes: databaseUrl === undefined ? file.maxBytes : undefined,
    async open() {
      if (closed) throw new Error('The rows are closed.')
      const opening = (opened ??= openStore())
      try {
        return await opening
      } catch (error) {
        if (opened === opening) opened = undefined
        throw error
      }
    },
    exist: async () => databaseUrl !== undefined || !place || isThere(file.path),
    async close() {
      closed = true
      const store = await opened?.catch(() => undefined)
      await store?.close()
    },
  }
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
