/** Reads messages: a branch of the tree, all in the order of their places, or one. */
import { type RawBuilder, sql } from 'kysely'
import type { RowStore } from '#stores'
import { type RowKey, toKeyText } from '../rows/key-text.ts'
import { toMessage, toQueued, toRun } from '../rows/records.ts'
import type { MessageRecord, Page } from '../session-store.ts'

interface Data {
  readonly data: string
}

/** Steps from a message to its parent, at most `limit` of them: parents that lead in a circle end there as well. */
export const readBranch = async (
  { db }: RowStore,
  { owner, id }: RowKey,
  head: string,
  limit: number,
): Promise<MessageRecord[]> => {
  if (limit < 1) return []
  const of = (table: string): RawBuilder<boolean> =>
    sql`${sql.ref(`${table}.owner`)} = ${owner} and ${sql.ref(`${table}.session_id`)} = ${id}`
  const { rows } = await sql<Data>`
    with recursive branch (id, parent_id, depth) as (
      select first.id, first.parent_id, 1 from session_messages as first
        where ${of('first')} and first.id = ${toKeyText(head)}
      union all
      select parent.id, parent.parent_id, branch.depth + 1
        from branch join session_messages as parent on ${of('parent')} and parent.id = branch.parent_id
        where branch.depth < ${sql.lit(Math.floor(limit))})
    select message.data from branch join session_messages as message
      on ${of('message')} and message.id = branch.id
    order by branch.depth desc`.execute(db)
  return rows.map(toMessage)
}

const ofSession = ({ db }: RowStore, { owner, id }: RowKey) =>
  db
    .selectFrom('session_messages')
    .select('data')
    .where('owner', '=', owner)
    .where('session_id', '=', id)

export const readMessages = async (
  store: RowStore,
  key: RowKey,
  { before, limit }: { readonly before?: number; readonly limit: number },
): Promise<Page<MessageRecord>> => {
  let query = ofSession(store, key)
    .orderBy('place', 'desc')
    .limit(limit + 1)
  if (before !== undefined) query = query.where('place', '<', before)
  const found = (await query.execute()).map(toMessage)
  const items = found.slice(0, limit).toReversed()
  const [first] = items
  return found.length > limit && first ? { items, next: String(first.place) } : { items }
}

export const readMessage = async (
  store: RowStore,
  key: RowKey,
  id: string,
): Promise<MessageRecord | undefined> => {
  const found = await ofSession(store, key).where('id', '=', toKeyText(id)).executeTakeFirst()
  return found && toMessage(found)
}

/** @param since in milliseconds of Unix time: older messages are not found. */
export const findByClientId = async (
  store: RowStore,
  key: RowKey,
  clientMessageId: string,
  since: number,
): Promise<{ readonly messageId: string; readonly runId?: string } | undefined> => {
  const found = await ofSession(store, key)
    .where('client_message_id', '=', toKeyText(clientMessageId))
    .where('created_at', '>', since)
    .orderBy('place', 'desc')
    .executeTakeFirst()
  if (!found) return findQueued(store, key, clientMessageId, since)
  const { id: messageId } = toMessage(found)
  const run = await readFirstRun(store, key, messageId)
  return { messageId, ...(run && { runId: run.id }) }
}

/** Later ones answer it anew. */
const readFirstRun = async ({ db }: RowStore, { owner, id }: RowKey, messageId: string) => {
  const found = await db
    .selectFrom('session_runs')
    .select('data')
    .where('owner', '=', owner)
    .where('session_id', '=', id)
    .where('parent_id', '=', toKeyText(messageId))
    .orderBy('place')
    .limit(1)
    .executeTakeFirst()
  return found && toRun(found)
}

const findQueued = async (
  { db }: RowStore,
  { owner, id }: RowKey,
  clientMessageId: string,
  since: number,
): Promise<{ readonly messageId: string } | undefined> => {
  const found = await db
    .selectFrom('session_queue')
    .select('data')
    .where('owner', '=', owner)
    .where('session_id', '=', id)
    .where('client_message_id', '=', toKeyText(clientMessageId))
    .orderBy('place', 'desc')
    .executeTakeFirst()
  const queued = found && toQueued(found)
  return queued && queued.createdAt > since ? { messageId: queued.messageId } : undefined
}
