/** Writes the words by which a session is found. */
import { type RawBuilder, sql } from 'kysely'
import type { RowStore } from '#stores'
import { elementsOf, textAt, typed } from '../rows/elements.ts'
import { type RowKey, toKeyText } from '../rows/key-text.ts'
import { toIndexed, toWordsColumn } from '../search/match.ts'
import { type Step, writeFenced } from './fenced.ts'

export interface IndexedText {
  /** Absent: the text is the title. */
  readonly messageId?: string
  readonly text: string
}

const TITLE = ''

export const writeTexts =
  ({ kind }: RowStore, { owner, id }: RowKey, texts: readonly IndexedText[]): Step =>
  (guard) => {
    const rows = texts.map(({ messageId, text }) => [
      messageId === undefined ? TITLE : toKeyText(messageId),
      toIndexed(owner, text),
    ])
    return sql`insert into session_texts (owner, session_id, message_id, words)
      select ${typed(owner)}, ${typed(id)}, ${textAt(0)}, ${toWordsColumn(kind, textAt(1))}
      from ${elementsOf(kind, rows)} where ${guard}
      on conflict (owner, session_id, message_id) do update set words = excluded.words`
  }

/** All but those of the title. */
export const deleteMessageTexts =
  ({ owner, id }: RowKey): Step =>
  (guard) =>
    sql`delete from session_texts
    where owner = ${owner} and session_id = ${id} and message_id <> ${TITLE} and ${guard}`

const DELETED_TEXTS = 500

/**
 * Deletes some texts of a session that is to lose all of them. Thousands in one transaction would keep everybody waiting
 * in SQLite, whose index takes its time with each.
 *
 * @param still what has to hold of the session.
 * @returns whether it has to be called again before the rest is deleted.
 */
export const thinOutTexts = async (
  store: RowStore,
  { owner, id }: RowKey,
  still: RawBuilder<boolean> = sql`1 = 1`,
): Promise<boolean> => {
  if (store.kind === 'postgres') return false
  const some = sql`select doc from session_texts
    where owner = ${owner} and session_id = ${id} and message_id <> ${TITLE} limit ${sql.lit(DELETED_TEXTS)}`
  const { rows } = await sql<{ count: number }>`select count(*) as count from (${some})`.execute(
    store.db,
  )
  if ((rows[0]?.count ?? 0) < DELETED_TEXTS) return false
  return writeFenced(store, {
    fence: sql`update sessions set epoch = epoch where owner = ${owner} and id = ${id} and ${still}`,
    steps: [() => sql`delete from session_texts where doc in (${some})`],
  })
}
