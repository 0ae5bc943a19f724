/** Reads runs, and finds the sessions in which something is left to do. */
import { sql } from 'kysely'
import type { RowStore } from '#stores'
import { type RowKey, toKeyText } from '../rows/key-text.ts'
import { toRun } from '../rows/records.ts'
import type { RunRecord, SessionKey } from '../session-store.ts'
import { runsOf } from './of-session.ts'

export const readRuns = async (
  store: RowStore,
  key: RowKey,
  limit: number,
): Promise<RunRecord[]> => {
  const found = await runsOf(store.db, key)
    .where('place', '>=', sql.lit(0))
    .orderBy('place', 'desc')
    .limit(limit)
    .execute()
  return found.map(toRun)
}

export const readRun = async (
  store: RowStore,
  key: RowKey,
  id: string,
): Promise<RunRecord | undefined> => {
  const found = await runsOf(store.db, key).where('id', '=', toKeyText(id)).executeTakeFirst()
  return found && toRun(found)
}

export const findUnfinished = async (
  { db }: RowStore,
  limit: number,
  after?: RowKey,
): Promise<SessionKey[]> => {
  const behind = after
    ? sql`where (sessions.owner, sessions.id) > (${after.owner}, ${after.id})`
    : sql``
  const { rows } = await sql<{ readonly owner_name: string; readonly id: string }>`
    select sessions.owner_name, sessions.id
    from (select owner, session_id from session_runs where is_open = 1
      union select owner, session_id from session_queue) as unfinished
    join sessions on sessions.owner = unfinished.owner and sessions.id = unfinished.session_id
    ${behind}
    order by sessions.owner, sessions.id limit ${sql.lit(limit)}`.execute(db)
  return rows.map(({ owner_name: owner, id }) => ({ owner: JSON.parse(owner) as string, id }))
}
