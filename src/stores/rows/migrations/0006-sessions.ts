/** The sessions of the chat backend: their messages, runs, queue and events, and the words by which they are found. */
import { type Kysely, type RawBuilder, sql, SqliteAdapter } from 'kysely'

export const sessions = async (db: Kysely<unknown>): Promise<void> => {
  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
  // Ids are compared byte by byte, whatever the language of the database.
  const id = isSqlite ? sql`text` : sql`text collate "C"`
  await createSessions(db, id)
  await createMessages(db, id)
  await createRuns(db, id)
  await createQueue(db, id)
  await createEvents(db, id)
  for (const statement of isSqlite ? SQLITE_SEARCH : POSTGRES_SEARCH)
    await sql.raw(statement).execute(db)
}

const createSessions = async (db: Kysely<unknown>, id: RawBuilder<unknown>): Promise<void> => {
  await db.schema
    .createTable('sessions')
    .addColumn('owner', id, (column) => column.notNull())
    .addColumn('id', id, (column) => column.notNull())
    .addColumn('owner_name', 'text', (column) => column.notNull())
    .addColumn('title', 'text')
    .addColumn('titled_by', 'text', (column) => column.notNull())
    .addColumn('system_prompt', 'text')
    .addColumn('model', 'text')
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('metadata', 'text', (column) => column.notNull())
    .addColumn('head', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('active_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('keep', 'integer', (column) => column.notNull())
    .addColumn('epoch', 'bigint', (column) => column.notNull())
    .addColumn('epochs', 'text', (column) => column.notNull())
    .addColumn('last_seq', 'bigint', (column) => column.notNull())
    .addColumn('forgotten_seq', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('sessions_key', ['owner', 'id'])
    .execute()
  await db.schema
    .createIndex('sessions_by_activity')
    .on('sessions')
    .columns(['owner', 'active_at', 'id'])
    .execute()
  await db.schema
    .createIndex('sessions_by_expiry')
    .on('sessions')
    .columns(['expires_at', 'owner', 'id'])
    .where(sql.ref('expires_at'), 'is not', null)
    .execute()
}

/**
 * The indexes by place are for questions that say `place >= 0`. Before PostgreSQL has counted the rows, it takes such an
 * index to be as good as the key for finding one message, and reads the complete session.
 */
const createMessages = async (db: Kysely<unknown>, id: RawBuilder<unknown>): Promise<void> => {
  await db.schema
    .createTable('session_messages')
    .addColumn('owner', id, (column) => column.notNull())
    .addColumn('session_id', id, (column) => column.notNull())
    .addColumn('id', id, (column) => column.notNull())
    .addColumn('parent_id', id)
    .addColumn('place', 'bigint', (column) => column.notNull())
    .addColumn('client_message_id', id)
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('session_messages_key', ['owner', 'session_id', 'id'])
    .execute()
  await db.schema
    .createIndex('session_messages_by_place')
    .unique()
    .on('session_messages')
    .columns(['owner', 'session_id', 'place'])
    .where(sql.ref('place'), '>=', sql.lit(0))
    .execute()
  await db.schema
    .createIndex('session_messages_by_client_id')
    .on('session_messages')
    .columns(['owner', 'session_id', 'client_message_id'])
    .where(sql.ref('client_message_id'), 'is not', null)
    .execute()
}

const createRuns = async (db: Kysely<unknown>, id: RawBuilder<unknown>): Promise<void> => {
  await db.schema
    .createTable('session_runs')
    .addColumn('owner', id, (column) => column.notNull())
    .addColumn('session_id', id, (column) => column.notNull())
    .addColumn('id', id, (column) => column.notNull())
    .addColumn('place', 'bigint', (column) => column.notNull())
    .addColumn('parent_id', id)
    .addColumn('is_open', 'integer', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('session_runs_key', ['owner', 'session_id', 'id'])
    .execute()
  await db.schema
    .createIndex('session_runs_by_place')
    .on('session_runs')
    .columns(['owner', 'session_id', 'place'])
    .where(sql.ref('place'), '>=', sql.lit(0))
    .execute()
  await db.schema
    .createIndex('session_runs_open')
    .on('session_runs')
    .columns(['owner', 'session_id', 'place'])
    .where(sql.ref('is_open'), '=', sql.lit(1))
    .execute()
}

const createQueue = async (db: Kysely<unknown>, id: RawBuilder<unknown>): Promise<void> => {
  await db.schema
    .createTable('session_queue')
    .addColumn('owner', id, (column) => column.notNull())
    .addColumn('session_id', id, (column) => column.notNull())
    .addColumn('message_id', id, (column) => column.notNull())
    .addColumn('place', 'bigint', (column) => column.notNull())
    .addColumn('client_message_id', id)
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('session_queue_key', ['owner', 'session_id', 'message_id'])
    .execute()
}

const createEvents = async (db: Kysely<unknown>, id: RawBuilder<unknown>): Promise<void> => {
  await db.schema
    .createTable('session_events')
    .addColumn('owner', id, (column) => column.notNull())
    .addColumn('session_id', id, (column) => column.notNull())
    .addColumn('first_seq', 'bigint', (column) => column.notNull())
    .addColumn('last_seq', 'bigint', (column) => column.notNull())
    .addColumn('events', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('session_events_key', ['owner', 'session_id', 'first_seq'])
    .execute()
}

/** The tokenizer splits at spaces alone: which words there are is decided before, in the same way for both. */
const SQLITE_SEARCH = [
  `create table session_texts (
     doc integer primary key,
     owner text not null, session_id text not null, message_id text not null,
     words text not null,
     unique (owner, session_id, message_id))`,
  `create virtual table session_words using fts5(
     words, content = 'session_texts', content_rowid = 'doc', tokenize = 'ascii', detail = none, columnsize = 0)`,
  // A merge that is asked for then leaves one part, without the words of deleted texts.
  `insert into session_words (session_words, rank) values ('usermerge', 2)`,
  `create trigger session_texts_added after insert on session_texts begin
     insert into session_words (rowid, words) values (new.doc, new.words);
   end`,
  `create trigger session_texts_removed after delete on session_texts begin
     insert into session_words (session_words, rowid, words) values ('delete', old.doc, old.words);
   end`,
  `create trigger session_texts_changed after update of words on session_texts begin
     insert into session_words (session_words, rowid, words) values ('delete', old.doc, old.words);
     insert into session_words (rowid, words) values (new.doc, new.words);
   end`,
]

const POSTGRES_SEARCH = [
  `create table session_texts (
     owner text collate "C" not null, session_id text collate "C" not null, message_id text collate "C" not null,
     words tsvector not null,
     constraint session_texts_key primary key (owner, session_id, message_id))`,
  'create index session_texts_by_word on session_texts using gin (words)',
]
