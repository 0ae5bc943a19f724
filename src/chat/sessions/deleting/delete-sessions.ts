/** Deletes sessions, and what is no longer needed of them. */
import { type RawBuilder, sql } from 'kysely'
import type { RowStore } from '#stores'
import type { RowKey } from '../rows/key-text.ts'
import { releaseUploads } from '../uploads/delete-uploads.ts'
import { writeFenced } from '../writing/fenced.ts'
import { deleteAll } from '../writing/write-records.ts'

const TABLES = [
  'session_messages',
  'session_runs',
  'session_queue',
  'session_events',
  'session_texts',
] as const

/**
 * The other tables are read after the session is locked, so that what was appended at the same time is deleted as well.
 *
 * @param still what has to hold of the session.
 */
export const deleteSession = (
  store: RowStore,
  key: RowKey,
  still: RawBuilder<boolean> = sql`1 = 1`,
): Promise<boolean> =>
  writeFenced(store, {
    fence: sql`delete from sessions where owner = ${key.owner} and id = ${key.id} and ${still}`,
    steps: [...TABLES.map((table) => deleteAll(table, key)), ...releaseUploads(key)],
    inOrder: true,
  })

/** Rows of a batch are deleted together, when none of its events is needed. */
export const forgetEvents = (store: RowStore, key: RowKey, upTo: number): Promise<boolean> =>
  writeFenced(store, {
    fence: sql`update sessions set forgotten_seq = ${upTo}
      where owner = ${key.owner} and id = ${key.id} and forgotten_seq < ${upTo}`,
    steps: [
      (guard) => sql`delete from session_events
        where owner = ${key.owner} and session_id = ${key.id} and last_seq <= ${upTo} and ${guard}`,
    ],
  })
