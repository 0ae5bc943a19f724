/** Keeps batches on disk while the database is gone, in the order in which they came. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { SqlResult } from '../sqlite/sql-messages.ts'
import { createSqliteThread, type SqliteThread } from '../sqlite/sqlite-thread.ts'

export interface SpooledBatch {
  readonly id: number
  readonly batch: string
}

/** Several processes may share one: each sends what it finds, and what arrives twice counts once. */
export interface Spool {
  /** @returns its id. Rejects if the disk is full or read-only, or the spool has its full size. */
  add(batch: string): Promise<number>
  /** The first batch behind this one. */
  first(behindId?: number): Promise<SpooledBatch | undefined>
  /** Removes a batch and all before it. */
  remove(id: number): Promise<void>
  /** Whether an earlier process left a spool. */
  exists(): Promise<boolean>
  close(): Promise<void>
}

const FILE = 'spool.db'
/** About 200,000 calls. */
const MAX_SPOOL_BYTES = 64 * 1024 * 1024

const TABLE =
  'create table if not exists spool (id integer primary key autoincrement, batch text not null)'

export const createSpool = (folder: string, maxBytes = MAX_SPOOL_BYTES): Spool => {
  const path = join(folder, FILE)
  let thread: SqliteThread | undefined
  let ready: Promise<unknown> | undefined

  const open = async (): Promise<SqliteThread> => {
    thread ??= createSqliteThread({ path, maxBytes }, () => (ready = undefined))
    const opening = (ready ??= thread.run(TABLE))
    try {
      await opening
    } catch (error) {
      if (ready === opening) ready = undefined
      throw error
    }
    return thread
  }

  const run = async (sql: string, parameters: readonly unknown[] = []): Promise<SqlResult> => {
    const before = await open()
    const table = ready
    try {
      return await before.run(sql, parameters)
    } catch (error) {
      if (ready === table) throw error
      // The file was deleted: what comes from now on is in a new one.
      return (await open()).run(sql, parameters)
    }
  }

  return {
    async add(batch) {
      const { rows } = await run('insert into spool (batch) values (?) returning id', [batch])
      return (rows[0] as Pick<SpooledBatch, 'id'>).id
    },
    async first(behindId = 0) {
      const first = 'select id, batch from spool where id > ? order by id limit 1'
      const { rows } = await run(first, [behindId])
      return rows[0] as SpooledBatch | undefined
    },
    async remove(id) {
      await run('delete from spool where id <= ?', [id])
    },
    exists: () =>
      access(path).then(
        () => true,
        () => false,
      ),
    async close() {
      await thread?.close()
    },
  }
}
