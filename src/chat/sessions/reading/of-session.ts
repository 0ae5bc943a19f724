/** What is kept of one session, as its readers narrow it down. */
import type { RowStore } from '#stores'
import type { RowKey } from '../rows/key-text.ts'

type Db = Pick<RowStore['db'], 'selectFrom'>

export const messagesOf = (db: Db, { owner, id }: RowKey) =>
  db
    .selectFrom('session_messages')
    .select('data')
    .where('owner', '=', owner)
    .where('session_id', '=', id)

export const runsOf = (db: Db, { owner, id }: RowKey) =>
  db
    .selectFrom('session_runs')
    .select('data')
    .where('owner', '=', owner)
    .where('session_id', '=', id)

export const queueOf = (db: Db, { owner, id }: RowKey) =>
  db
    .selectFrom('session_queue')
    .select('data')
    .where('owner', '=', owner)
    .where('session_id', '=', id)
