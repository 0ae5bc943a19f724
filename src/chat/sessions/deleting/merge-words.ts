/** Removes the words of deleted texts from the index of SQLite. */
import { sql } from 'kysely'
import type { SqliteStore } from '#stores'

/** How many pages are written before others may write. */
const MERGED_PAGES = 32

/** Merges all parts of the index into one, which has no words of deleted texts. */
export const mergeWords = async (store: SqliteStore): Promise<void> => {
  // The sign begins a merge of everything.
  for (let pages = -MERGED_PAGES; await mergeSome(store, pages); pages = MERGED_PAGES);
}

/** @returns whether there may be more to merge: SQLite tells it by the rows that it changed. */
const mergeSome = ({ db }: SqliteStore, pages: number): Promise<boolean> =>
  db.connection().execute(async (connection) => {
    const count = async (): Promise<number> => {
      const { rows } = await sql<{ changes: number }>`select total_changes() as changes`.execute(
        connection,
      )
      return rows[0]?.changes ?? 0
    }
    const before = await count()
    await sql`insert into session_words (session_words, rank) values ('merge', ${pages})`.execute(
      connection,
    )
    return (await count()) - before > 1
  })
