/** Appends a batch in one transaction, fenced by its epoch. */
import { sql } from 'kysely'
import type { RowStore } from '#stores'
import { type RowKey, toKeyText } from '../rows/key-text.ts'
import { isOpen } from '../rows/records.ts'
import { toChanges } from '../rows/session-row.ts'
import type { SessionBatch } from '../session-store.ts'
import { releaseUploads } from '../uploads/delete-uploads.ts'
import { appendEvents } from './append-events.ts'
import { type Step, writeFenced } from './fenced.ts'
import {
  deleteAll,
  removeQueued,
  writeEvents,
  writeMessages,
  writeQueued,
  writeRuns,
} from './write-records.ts'
import { deleteMessageTexts, type IndexedText, thinOutTexts, writeTexts } from './write-texts.ts'

/** @returns false if another process has taken the log over, or if the session is gone. */
export const appendBatch = (
  store: RowStore,
  key: RowKey,
  epoch: number,
  batch: SessionBatch,
): Promise<boolean> => {
  const { events, ...rest } = batch
  if (events?.length && Object.keys(rest).length === 0)
    return appendEvents(store, key, epoch, events)
  return writeFenced(store, {
    fence: sql`${toFence(store, key, epoch, batch)}`,
    steps: [...(batch.clear ? toClearing(key) : []), ...toSteps(store, key, batch)],
    // Rows with the same ids may come in place of those that are deleted.
    inOrder: batch.clear === true,
  })
}

/** @returns whether it has to be called again before a batch that clears the history. */
export const prepareClearing = (store: RowStore, key: RowKey, epoch: number): Promise<boolean> =>
  thinOutTexts(store, key, sql`epoch = ${epoch}`)

/** A batch that arrives late, after what came behind it, is refused as well: it would put old records back. */
const toFence = ({ db }: RowStore, key: RowKey, epoch: number, batch: SessionBatch) => {
  const lastSeq = batch.events?.at(-1)?.seq ?? batch.upTo
  const changes = {
    ...toChanges(batch.session),
    ...(lastSeq !== undefined && { last_seq: lastSeq }),
  }
  const update = db
    .updateTable('sessions')
    .set({ epoch, ...changes })
    .where('owner', '=', key.owner)
    .where('id', '=', key.id)
    .where('epoch', '=', epoch)
  return lastSeq === undefined ? update : update.where('last_seq', '<=', lastSeq)
}

const toClearing = (key: RowKey): Step[] => [
  deleteAll('session_messages', key),
  deleteAll('session_runs', key),
  deleteAll('session_queue', key),
  deleteMessageTexts(key),
  ...releaseUploads(key),
]

const toSteps = (store: RowStore, key: RowKey, batch: SessionBatch): Step[] => {
  const messages = latestOf(batch.messages, ({ id }) => id)
  const runs = latestOf(batch.runs, ({ id }) => id)
  const removed = new Set(batch.dequeue?.map(toKeyText))
  const queued = latestOf(batch.enqueue, ({ messageId }) => messageId).filter(
    ({ messageId }) => !removed.has(toKeyText(messageId)),
  )
  const texts = toTexts(batch)
  return [
    ...(batch.events?.length ? [writeEvents(key, batch.events)] : []),
    ...(messages.length > 0 ? [writeMessages(store, key, messages)] : []),
    ...(runs.length > 0 ? [writeRuns(store, key, runs)] : []),
    ...(queued.length > 0 ? [writeQueued(store, key, queued)] : []),
    ...(batch.dequeue?.length ? [removeQueued(store, key, batch.dequeue)] : []),
    ...(texts.length > 0 ? [writeTexts(store, key, texts)] : []),
  ]
}

/** No statement writes a row twice. */
const latestOf = <Item>(items: readonly Item[] = [], idOf: (item: Item) => string): Item[] => [
  ...new Map(items.map((item) => [toKeyText(idOf(item)), item])).values(),
]

/** The words of an answer that is still growing would be written again and again. */
const toTexts = ({ session, messages }: SessionBatch): IndexedText[] => {
  const ended = latestOf(messages, ({ id }) => id).filter(({ status }) => !isOpen(status))
  const texts = ended.map(({ id, content }) => ({ messageId: id, text: content }))
  return session?.title === undefined ? texts : [{ text: session.title ?? '' }, ...texts]
}
