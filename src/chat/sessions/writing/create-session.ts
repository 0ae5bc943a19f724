/** Creates a session, unless its owner has too many. */
import { type RawBuilder, sql } from 'kysely'
import { GatewayError } from '#model'
import type { RowStore } from '#stores'
import { typed } from '../rows/elements.ts'
import { toSessionRow } from '../rows/session-row.ts'
import type { SessionRecord } from '../session-store.ts'
import { writeFenced } from './fenced.ts'
import { writeTexts } from './write-texts.ts'

/** An arbitrary number, which all versions of Sluice have in common. */
const OWNER_LOCK = 7_360_116

export const createSession = async (
  store: RowStore,
  session: SessionRecord,
  most: number,
): Promise<boolean> => {
  const row = toSessionRow(session)
  const { owner, id } = row
  const values = Object.values(row).map((value) => (value === null ? sql`null` : typed(value)))
  const counted = sql`(select 1 as one from sessions where owner = ${owner} limit ${sql.lit(most)})`
  const created = await writeFenced(store, {
    fence: sql`insert into sessions (${sql.join(Object.keys(row).map((name) => sql.ref(name)))})
      select ${sql.join(values)} where (select count(*) from ${counted} as counted) < ${sql.lit(most)}
      on conflict (owner, id) do nothing`,
    steps: session.title === null ? [] : [writeTexts(store, row, [{ text: session.title }])],
    inOrder: true,
    // Otherwise several at once could pass the count.
    lock: lockOf(owner),
  })
  if (created) return true
  const existing = await store.db
    .selectFrom('sessions')
    .select('id')
    .where('owner', '=', owner)
    .where('id', '=', id)
    .executeTakeFirst()
  if (existing) return false
  throw new GatewayError('rate_limited', `There may be ${most} sessions at most. Delete some.`, {
    vendorCode: 'too_many_sessions',
  })
}

const lockOf = (owner: string): RawBuilder<unknown> =>
  sql`select pg_advisory_xact_lock(hashtextextended(${owner}, ${sql.lit(OWNER_LOCK)}))`
