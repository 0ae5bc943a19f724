/** Writes the words by which a session is found. */
import { sql } from 'kysely'
import type { RowStore } from '#stores'
import { elementsOf, textAt, typed } from '../rows/elements.ts'
import { type RowKey, toKeyText } from '../rows/key-text.ts'
import { toIndexed, toWordsColumn } from '../search/match.ts'
import type { Step } from './fenced.ts'

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
