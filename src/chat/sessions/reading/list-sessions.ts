/** Lists the sessions of an owner, those that were active last first, or those in which words are found. */
import { sql } from 'kysely'
import type { RowStore } from '#stores'
import { toKeyText } from '../rows/key-text.ts'
import { SESSION_COLUMNS, toSession } from '../rows/session-row.ts'
import { hasAll } from '../search/match.ts'
import { toTerms } from '../search/words.ts'
import type { Page, SessionRecord, SessionStore } from '../session-store.ts'
import { type Place, toCursor } from './cursor.ts'

type Asked = Pick<Parameters<SessionStore['list']>[1], 'search' | 'limit'>

/** @param after a session that becomes active meanwhile moves before it, and the others stay where they are. */
export const listSessions = async (
  store: RowStore,
  owner: string,
  { search = '', limit }: Asked,
  after: Place | undefined,
): Promise<Page<SessionRecord>> => {
  const terms = toTerms(search)
  if (terms?.length === 0) return { items: [] }
  const key = toKeyText(owner)
  let query = store.db
    .selectFrom('sessions')
    .select(SESSION_COLUMNS)
    .where('owner', '=', key)
    .orderBy('active_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
  if (after)
    query = query.where(sql<boolean>`(active_at, id) < (${after.activeAt}, ${toKeyText(after.id)})`)
  for (const term of terms ?? [])
    query = query.where(
      // As a plain condition, PostgreSQL may look for the words once for each session.
      sql<boolean>`(id in (select session_id from session_texts
        where owner = ${key} and ${hasAll(store.kind, key, term)})) is true`,
    )
  const found = (await query.execute()).map(toSession)
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return found.length > limit && last ? { items, next: toCursor(last) } : { items }
}
