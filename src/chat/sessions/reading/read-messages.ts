/** Reads messages: a branch of the tree, all in the order of their places, or one. */
import { type RawBuilder, sql } from 'kysely'
import type { RowStore } from '#stores'
import { type RowKey, toKeyText } from '../rows/key-text.ts'
import { toMessage, toQueued, toRun } from '../rows/records.ts'
import type { MessageRecord, Page } from '../session-store.ts'
import { messagesOf, queueOf, runsOf } from './of-session.ts'

/**
 * Steps from a message to its parent, at most `limit` of them: parents that lead in a circle end there as well. Each step
 * looks for one key. As a join, PostgreSQL may read the complete session for every message.
 */
export const readBranch = async (
  { db }: RowStore,
  { owner, id }: RowKey,
  head: string,
  limit: number,
): Promise<MessageRecord[]> => {
  if (limit < 1) return []
  const ofMessage = (column: string): RawBuilder<unknown> => sql`(select ${sql.ref(column)}
    from session_messages where owner = ${owner} and session_id = ${id} and session_messages.id = branch.id)`
  const { rows } = await sql<{ readonly data: string | null }>`
    with recursive branch (id, depth) as (
      select id, 1 from session_messages
        where owner = ${owner} and session_id = ${id} and id = ${toKeyText(head)}
      union all
      select ${ofMessage('parent_id')}, depth + 1 from branch
        where id is not null and depth < ${sql.lit(Math.floor(limit))})
    select ${ofMessage('data')} as data from branch where id is not null order by depth desc`.execute(
    db,
  )
  return rows.flatMap(({ data }) => (data === null ? [] : [toMessage({ data })]))
}

export const readMessages = async (
  store: RowStore,
  key: RowKey,
  { before, limit }: { readonly before?: number; readonly limit: number },
): Promise<Page<MessageRecord>> => {
  let query = messagesOf(store.db, key)
    .where('place', '>=', sql.lit(0))
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
  const found = await messagesOf(store.db, key).where('id', '=', toKeyText(id)).executeTakeFirst()
  return found && toMessage(found)
}

/** @param since in milliseconds of Unix time: older messages are not found. */
export const findByClientId = async (
  store: RowStore,
  key: RowKey,
  clientMessageId: string,
  since: number,
): Promise<{ readonly messageId: string; readonly runId?: string } | undefined> => {
  const found = await messagesOf(store.db, key)
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
const readFirstRun = async ({ db }: RowStore, key: RowKey, messageId: string) => {
  const found = await runsOf(db, key)
    .where('parent_id', '=', toKeyText(messageId))
    .orderBy('place')
    .limit(1)
    .executeTakeFirst()
  return found && toRun(found)
}

const findQueued = async (
  { db }: RowStore,
  key: RowKey,
  clientMessageId: string,
  since: number,
): Promise<{ readonly messageId: string } | undefined> => {
  const found = await queueOf(db, key)
    .where('client_message_id', '=', toKeyText(clientMessageId))
    .orderBy('place', 'desc')
    .executeTakeFirst()
  const queued = found && toQueued(found)
  return queued && queued.createdAt > since ? { messageId: queued.messageId } : undefined
}
