/** Files that were uploaded for messages, in pieces, and the sessions that use them. */
import { type Kysely, sql, SqliteAdapter } from 'kysely'

export const uploads = async (db: Kysely<unknown>): Promise<void> => {
  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
  const id = isSqlite ? sql`text` : sql`text collate "C"`
  await db.schema
    .createTable('uploads')
    .addColumn('owner', id, (column) => column.notNull())
    .addColumn('id', id, (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('is_complete', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('uploads_key', ['owner', 'id'])
    .execute()
  await db.schema
    .createIndex('uploads_by_expiry')
    .on('uploads')
    .columns(['expires_at', 'owner', 'id'])
    .where(sql.ref('expires_at'), 'is not', null)
    .execute()
  await db.schema
    .createTable('upload_pieces')
    .addColumn('owner', id, (column) => column.notNull())
    .addColumn('upload_id', id, (column) => column.notNull())
    .addColumn('place', 'integer', (column) => column.notNull())
    .addColumn('bytes', isSqlite ? 'blob' : 'bytea', (column) => column.notNull())
    .addPrimaryKeyConstraint('upload_pieces_key', ['owner', 'upload_id', 'place'])
    .execute()
  await db.schema
    .createTable('session_uploads')
    .addColumn('owner', id, (column) => column.notNull())
    .addColumn('session_id', id, (column) => column.notNull())
    .addColumn('upload_id', id, (column) => column.notNull())
    .addPrimaryKeyConstraint('session_uploads_key', ['owner', 'session_id', 'upload_id'])
    .execute()
  await db.schema
    .createIndex('session_uploads_by_upload')
    .on('session_uploads')
    .columns(['owner', 'upload_id'])
    .execute()
}
