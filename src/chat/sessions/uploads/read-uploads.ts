/** Finds uploads, and marks those that a session uses. */
import type { RowStore } from '#stores'
import { toKeyText, toRowKey } from '../rows/key-text.ts'
import type { SessionKey } from '../session-store.ts'
import type { UploadKey, UploadRecord } from './upload-store.ts'

type Db = Pick<RowStore['db'], 'selectFrom' | 'updateTable' | 'insertInto'>

/** @param now in milliseconds of Unix time. */
export const findUploads = async (
  { db }: RowStore,
  owner: string,
  ids: readonly string[],
  now: number,
): Promise<UploadRecord[]> => {
  if (ids.length === 0) return []
  const found = await db
    .selectFrom('uploads')
    .selectAll()
    .where('owner', '=', toKeyText(owner))
    .where('id', 'in', ids)
    .where('is_complete', '=', 1)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .execute()
  return found.map(({ id, name, type, bytes, sha256, created_at, expires_at }) => ({
    owner,
    id,
    name: JSON.parse(name) as string,
    type,
    bytes,
    sha256,
    createdAt: created_at,
    expiresAt: expires_at,
  }))
}

export const readPiece = async (
  { db }: RowStore,
  { owner, id }: UploadKey,
  place: number,
): Promise<Uint8Array | undefined> => {
  const found = await db
    .selectFrom('upload_pieces')
    .select('bytes')
    .where('owner', '=', toKeyText(owner))
    .where('upload_id', '=', id)
    .where('place', '=', place)
    .executeTakeFirst()
  return found?.bytes
}

class NotThere extends Error {}

/** @returns false if one is not there, or the session is not: then nothing has changed. */
export const useUploads = async (
  store: RowStore,
  session: SessionKey,
  ids: readonly string[],
  now: number,
): Promise<boolean> => {
  try {
    await store.transaction((db) => useIn(db, session, [...new Set(ids)], now))
    return true
  } catch (thrown) {
    if (thrown instanceof NotThere) return false
    throw thrown
  }
}

const useIn = async (
  db: Db,
  session: SessionKey,
  ids: readonly string[],
  now: number,
): Promise<void> => {
  const { owner, id: sessionId } = toRowKey(session)
  // Locks the session: whoever deletes it waits, and then deletes these as well.
  const held = await db
    .updateTable('sessions')
    .set((eb) => ({ epoch: eb.ref('epoch') }))
    .where('owner', '=', owner)
    .where('id', '=', sessionId)
    .executeTakeFirst()
  if (held.numUpdatedRows === 0n) throw new NotThere()
  // Whoever deletes what has expired looks at it again.
  const used = await db
    .updateTable('uploads')
    .set({ expires_at: null })
    .where('owner', '=', owner)
    .where('id', 'in', ids)
    .where('is_complete', '=', 1)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', now)]))
    .executeTakeFirst()
  if (Number(used.numUpdatedRows) < ids.length) throw new NotThere()
  await db
    .insertInto('session_uploads')
    .values(ids.map((id) => ({ owner, session_id: sessionId, upload_id: id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
