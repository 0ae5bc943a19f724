/** Reads one session. */
import type { RowStore } from '#stores'
import type { RowKey } from '../rows/key-text.ts'
import { SESSION_COLUMNS, toSession } from '../rows/session-row.ts'
import type { SessionRecord } from '../session-store.ts'

export const findSession = async (
  { db }: RowStore,
  { owner, id }: RowKey,
): Promise<SessionRecord | undefined> => {
  const row = await db
    .selectFrom('sessions')
    .select(SESSION_COLUMNS)
    .where('owner', '=', owner)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toSession(row)
}
