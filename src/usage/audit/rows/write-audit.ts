/** Writes a batch of the audit. A row that is there already has its number raised, so that anything may be sent twice. */
import { sql } from 'kysely'
import type { RowStore } from '#stores'
import { toNames, toValues } from '../../rows/columns.ts'
import { AUDIT_COLUMNS } from './audit-columns.ts'

const NAMES = sql.raw(toNames(AUDIT_COLUMNS))
const VALUES = sql.raw(toValues(AUDIT_COLUMNS))

/** @param json rows as `audit-lines.ts` makes them. */
export const writeAudit = async ({ kind, db }: RowStore, json: string): Promise<void> => {
  const batch =
    kind === 'sqlite'
      ? sql`json_each(${json}, '$.audit')`
      : sql`json_array_elements(cast(${json} as json) -> 'audit')`
  await sql`insert into audit (${NAMES}) select ${VALUES} from ${batch} where true
    on conflict (id) do update set times = excluded.times, last_at = excluded.last_at
    where excluded.times > audit.times`.execute(db)
}
