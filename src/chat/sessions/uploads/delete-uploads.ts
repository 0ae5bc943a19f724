/** The steps of deleting uploads. Each is short, so that others write in between. */
import { type RawBuilder, sql } from 'kysely'
import type { RowStore } from '#stores'
import type { RowKey } from '../rows/key-text.ts'
import type { Step } from '../writing/fenced.ts'

const PIECES_AT_ONCE = 16
const READ_ROWS = 50

/** Of a row of `uploads`. */
const isUsed = sql`exists (select 1 from session_uploads
  where session_uploads.owner = uploads.owner and session_uploads.upload_id = uploads.id)`

/** What is incomplete is being deleted, or nobody sends the rest. */
const hasExpired = (now: number): RawBuilder<unknown> =>
  sql`expires_at <= ${now} and (is_complete = 0 or not ${isUsed})`

export const findExpiredUploads = async ({ db }: RowStore, now: number): Promise<RowKey[]> => {
  const { rows } = await sql<RowKey>`select owner, id from uploads where ${hasExpired(now)}
    order by expires_at, owner, id limit ${sql.lit(READ_ROWS)}`.execute(db)
  return rows
}

/**
 * Nobody finds it from now on. If the process ends before its pieces are deleted, the next expiry does it.
 *
 * @param expiredBy absent: whether it has expired or not.
 * @returns false if there is none.
 */
export const hideUpload = async (
  { db }: RowStore,
  { owner, id }: RowKey,
  expiredBy?: number,
): Promise<boolean> => {
  const still = expiredBy === undefined ? sql`1 = 1` : hasExpired(expiredBy)
  const { numAffectedRows = 0n } = await sql`update uploads set is_complete = 0, expires_at = 0
    where owner = ${owner} and id = ${id} and ${still}`.execute(db)
  return numAffectedRows > 0n
}

/** @returns whether it has to be called again. */
export const deletePieces = async ({ db }: RowStore, { owner, id }: RowKey): Promise<boolean> => {
  const ofUpload = sql`owner = ${owner} and upload_id = ${id}`
  const { numAffectedRows = 0n } = await sql`delete from upload_pieces
    where ${ofUpload} and place in (select place from upload_pieces
      where ${ofUpload} order by place limit ${sql.lit(PIECES_AT_ONCE)})`.execute(db)
  if (Number(numAffectedRows) === PIECES_AT_ONCE) return true
  await sql`delete from session_uploads where ${ofUpload}`.execute(db)
  await sql`delete from uploads where owner = ${owner} and id = ${id}`.execute(db)
  return false
}

/** What a session alone uses has expired, and the session uses nothing any more. */
export const releaseUploads = ({ owner, id }: RowKey): readonly Step[] => {
  const ofSession = sql`owner = ${owner} and session_id = ${id}`
  return [
    (guard) => sql`update uploads set expires_at = 0
      where owner = ${owner} and id in (select upload_id from session_uploads where ${ofSession})
        and not exists (select 1 from session_uploads where session_uploads.owner = uploads.owner
          and session_uploads.upload_id = uploads.id and session_id <> ${id}) and ${guard}`,
    (guard) => sql`delete from session_uploads where ${ofSession} and ${guard}`,
  ]
}
