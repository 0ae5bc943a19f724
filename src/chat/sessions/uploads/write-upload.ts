/** Writes an upload: its row, then its pieces, then what is known of it at the end. */
import { type RawBuilder, sql } from 'kysely'
import { GatewayError } from '#model'
import type { RowStore } from '#stores'
import { typed } from '../rows/elements.ts'
import { toKeyText } from '../rows/key-text.ts'
import { writeFenced } from '../writing/fenced.ts'
import type { MostUploads, UploadKey, UploadRecord } from './upload-store.ts'

/** An arbitrary number, which all versions of Sluice have in common. */
const OWNER_LOCK = 7_360_117

/** @param mostOfAll the bytes of all owners together. */
export const beginUpload = async (
  store: RowStore,
  upload: UploadRecord,
  most: MostUploads,
  mostOfAll: number | undefined,
): Promise<void> => {
  const { bytes, createdAt, expiresAt } = upload
  const owner = toKeyText(upload.owner)
  const ofOwner = sql`from uploads where owner = ${owner}`
  const isRoomForAll =
    mostOfAll === undefined
      ? sql`1 = 1`
      : sql`(select coalesce(sum(bytes), 0) from uploads) + ${sql.lit(bytes)} <= ${sql.lit(mostOfAll)}`
  const isBegun = await writeFenced(store, {
    fence: sql`insert into uploads (owner, id, name, type, bytes, sha256, is_complete, created_at, expires_at)
      select ${typed(owner)}, ${typed(upload.id)}, ${typed(JSON.stringify(upload.name))}, ${typed(upload.type)},
        ${typed(bytes)}, ${typed(upload.sha256)}, 0, ${typed(createdAt)}, ${typed(expiresAt ?? 0)}
      where (select count(*) ${ofOwner}) < ${sql.lit(most.count)}
        and (select coalesce(sum(bytes), 0) ${ofOwner}) + ${sql.lit(bytes)} <= ${sql.lit(most.bytes)}
        and ${isRoomForAll}`,
    steps: [],
    inOrder: true,
    // Otherwise several at once could pass the count.
    lock: sql`select pg_advisory_xact_lock(hashtextextended(${owner}, ${sql.lit(OWNER_LOCK)}))`,
  })
  if (!isBegun) throw await whyNot(store, owner, bytes, most)
}

const whyNot = async (
  { db }: RowStore,
  owner: string,
  bytes: number,
  most: MostUploads,
): Promise<GatewayError> => {
  const { rows } = await sql<{ readonly count: number; readonly bytes: number | string }>`
    select count(*) as count, coalesce(sum(bytes), 0) as bytes from uploads where owner = ${owner}`.execute(
    db,
  )
  const { count = 0, bytes: held = 0 } = rows[0] ?? {}
  return Number(count) >= most.count || Number(held) + bytes > most.bytes
    ? new GatewayError(
        'rate_limited',
        `There may be ${most.count} uploads of ${most.bytes} bytes in total. Delete some.`,
        { vendorCode: 'too_many_uploads' },
      )
    : new GatewayError('at_capacity', 'There is no room for more uploads at the moment.')
}

export const writePiece = async (
  { db, kind }: RowStore,
  { owner, id }: UploadKey,
  place: number,
  bytes: Uint8Array,
): Promise<void> => {
  const key = toKeyText(owner)
  const blob: RawBuilder<unknown> = sql.raw(kind === 'sqlite' ? 'blob' : 'bytea')
  await sql`insert into upload_pieces (owner, upload_id, place, bytes)
    select ${typed(key)}, ${typed(id)}, ${typed(place)}, cast(${bytes} as ${blob})
    where exists (select 1 from uploads
      where owner = ${key} and id = ${id} and is_complete = 0 and expires_at > 0)`.execute(db)
}

/** @returns false if it has expired meanwhile. */
export const completeUpload = async ({ db }: RowStore, upload: UploadRecord): Promise<boolean> => {
  const { name, type, bytes, sha256, expiresAt } = upload
  const { numUpdatedRows } = await db
    .updateTable('uploads')
    .set({
      name: JSON.stringify(name),
      type,
      bytes,
      sha256,
      is_complete: 1,
      expires_at: expiresAt,
    })
    .where('owner', '=', toKeyText(upload.owner))
    .where('id', '=', upload.id)
    .where('is_complete', '=', 0)
    .where('expires_at', '>', 0)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
