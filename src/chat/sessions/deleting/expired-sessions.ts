/** Finds sessions that have expired, and deletes one. */
import { type RawBuilder, sql } from 'kysely'
import type { RowStore, SessionTable } from '#stores'
import { thinOutTexts } from '../writing/write-texts.ts'
import { deleteSession } from './delete-sessions.ts'

export type Expired = Pick<
  SessionTable,
  'owner' | 'id' | 'epoch' | 'owner_name' | 'created_at' | 'expires_at'
>

/** Those that are in use stay, so each page begins behind the one before. */
export const findExpired = (
  { db }: RowStore,
  now: number,
  limit: number,
  after: Expired | undefined,
): Promise<Expired[]> => {
  let query = db
    .selectFrom('sessions')
    .select(['owner', 'id', 'epoch', 'created_at', 'expires_at', 'owner_name'])
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .orderBy('owner')
    .orderBy('id')
    .limit(limit)
  if (after)
    query = query.where(
      sql<boolean>`(expires_at, owner, id) > (${after.expires_at}, ${after.owner}, ${after.id})`,
    )
  return query.execute()
}

const isStillExpired = ({ owner, id, epoch }: Expired, now: number): RawBuilder<boolean> => {
  const ofSession = sql`owner = ${owner} and session_id = ${id}`
  return sql`epoch = ${epoch} and expires_at <= ${now}
    and not exists (select 1 from session_runs where ${ofSession} and is_open = 1)
    and not exists (select 1 from session_queue where ${ofSession})`
}

/** One that was opened, extended or given work since it was found is left. */
export const deleteExpired = (store: RowStore, found: Expired, now: number): Promise<boolean> =>
  deleteSession(store, { owner: found.owner, id: found.id }, isStillExpired(found, now))

/** @returns whether it has to be called again before the session is deleted. */
export const thinOutExpired = (store: RowStore, found: Expired, now: number): Promise<boolean> =>
  thinOutTexts(store, { owner: found.owner, id: found.id }, isStillExpired(found, now))
