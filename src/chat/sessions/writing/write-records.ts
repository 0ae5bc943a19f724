/** Writes messages, runs, queued messages and events. What is there already is replaced, so a batch may be sent twice. */
import { sql } from 'kysely'
import type { RowSchema, RowStore } from '#stores'
import { elementsOf, numberAt, textAt, typed } from '../rows/elements.ts'
import { COST_COLUMNS, COST_COUNTS, toCostValues } from '../rows/cost-columns.ts'
import { type RowKey, toKeyText } from '../rows/key-text.ts'
import { isOpen, toMessageData } from '../rows/records.ts'
import type { MessageRecord, QueuedRecord, RunRecord, StoredEvent } from '../session-store.ts'
import type { Step } from './fenced.ts'

const toKeyOrNull = (id: string | null | undefined): string | null =>
  id === null || id === undefined ? null : toKeyText(id)

export const writeMessages =
  ({ kind }: RowStore, { owner, id }: RowKey, messages: readonly MessageRecord[]): Step =>
  (guard) => {
    const rows = messages.map((message) => [
      toKeyText(message.id),
      toKeyOrNull(message.parentId),
      message.place,
      toKeyOrNull(message.clientMessageId),
      message.createdAt,
      toMessageData(message),
    ])
    return sql`insert into session_messages
        (owner, session_id, id, parent_id, place, client_message_id, created_at, data)
      select ${typed(owner)}, ${typed(id)}, ${textAt(0)}, ${textAt(1)}, ${numberAt(2)}, ${textAt(3)}, ${numberAt(4)},
        ${textAt(5)}
      from ${elementsOf(kind, rows)} where ${guard}
      on conflict (owner, session_id, id) do update set parent_id = excluded.parent_id, place = excluded.place,
        client_message_id = excluded.client_message_id, created_at = excluded.created_at, data = excluded.data`
  }

const REPLACED_COSTS = sql.raw(COST_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', '))

/** A run keeps the place that it has first. */
export const writeRuns =
  ({ kind }: RowStore, { owner, id }: RowKey, runs: readonly RunRecord[]): Step =>
  (guard) => {
    const rows = runs.map((run, at) => [
      toKeyText(run.id),
      at + 1,
      toKeyOrNull(run.parentId),
      isOpen(run.status) ? 1 : 0,
      JSON.stringify(run),
      ...toCostValues(run),
    ])
    const names = sql.raw(COST_COLUMNS.join(', '))
    const last = sql`(select coalesce(max(place), 0) from session_runs where owner = ${owner} and session_id = ${id})`
    return sql`insert into session_runs (owner, session_id, id, place, parent_id, is_open, data, ${names})
      select ${typed(owner)}, ${typed(id)}, ${textAt(0)}, ${last} + ${numberAt(1)}, ${textAt(2)}, ${numberAt(3)},
        ${textAt(4)}, ${textAt(5)}, ${sql.join(COST_COUNTS.map((_, at) => numberAt(6 + at)))}
      from ${elementsOf(kind, rows)} where ${guard}
      on conflict (owner, session_id, id) do update set parent_id = excluded.parent_id, is_open = excluded.is_open,
        data = excluded.data, ${REPLACED_COSTS}`
  }

export const writeQueued =
  ({ kind }: RowStore, { owner, id }: RowKey, queued: readonly QueuedRecord[]): Step =>
  (guard) => {
    const rows = queued.map((each) => [
      toKeyText(each.messageId),
      each.place,
      toKeyOrNull(each.clientMessageId),
      JSON.stringify(each),
    ])
    return sql`insert into session_queue (owner, session_id, message_id, place, client_message_id, data)
      select ${typed(owner)}, ${typed(id)}, ${textAt(0)}, ${numberAt(1)}, ${textAt(2)}, ${textAt(3)}
      from ${elementsOf(kind, rows)} where ${guard}
      on conflict (owner, session_id, message_id) do update set place = excluded.place,
        client_message_id = excluded.client_message_id, data = excluded.data`
  }

export const removeQueued =
  ({ kind }: RowStore, { owner, id }: RowKey, messageIds: readonly string[]): Step =>
  (guard) => {
    const rows = messageIds.map((messageId) => [toKeyText(messageId)])
    return sql`delete from session_queue where owner = ${owner} and session_id = ${id}
      and message_id in (select ${textAt(0)} from ${elementsOf(kind, rows)}) and ${guard}`
  }

/** A batch is one row. One that is sent again, perhaps with later events, takes the place of the first. */
export const writeEvents =
  ({ owner, id }: RowKey, events: readonly StoredEvent[]): Step =>
  (guard) => {
    const [first] = events
    const last = events.at(-1)
    return sql`insert into session_events (owner, session_id, first_seq, last_seq, events)
      select ${typed(owner)}, ${typed(id)}, ${typed(first?.from ?? 0)}, ${typed(last?.seq ?? 0)},
        ${typed(JSON.stringify(events))}
      where ${guard}
      on conflict (owner, session_id, first_seq) do update set last_seq = excluded.last_seq, events = excluded.events
      where excluded.last_seq >= session_events.last_seq`
  }

type OfSession =
  | 'session_messages'
  | 'session_runs'
  | 'session_queue'
  | 'session_events'
  | 'session_texts'

export const deleteAll =
  (from: OfSession & keyof RowSchema, { owner, id }: RowKey): Step =>
  (guard) =>
    sql`delete from ${sql.table(from)} where owner = ${owner} and session_id = ${id} and ${guard}`
