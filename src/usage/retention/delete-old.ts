/** Deletes rows that are older than a time, a few with each statement, so that nobody waits for long. */
import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { RowSchema, RowStore } from '#stores'

const DELETED_ROWS = 500

/** An arbitrary number, which all versions of Sluice have in common. */
const RETENTION_LOCK = 7_360_115

export type Aged = 'ledger' | 'ledger_minutes' | 'audit'

/** How many rows it deleted. Zero: none is left, or another process is deleting. */
export const deleteSome = (store: RowStore, from: Aged, beforeMs: number): Promise<number> =>
  store.transaction(async (db) => {
    if (store.kind === 'postgres' && !(await isAlone(db))) return 0
    const { numAffectedRows = 0n } = await STATEMENTS[from](beforeMs).execute(db)
    return Number(numAffectedRows)
  })

/** The lock is released at the end of the transaction. */
const isAlone = async (db: Transaction<RowSchema>): Promise<boolean> => {
  const { rows } = await sql<{ alone: boolean }>`
    select pg_try_advisory_xact_lock(${sql.lit(RETENTION_LOCK)}) as alone`.execute(db)
  return rows[0]?.alone === true
}

const STATEMENTS: Readonly<Record<Aged, (beforeMs: number) => RawBuilder<unknown>>> = {
  ledger: (beforeMs) => sql`delete from ledger where id in (
    select id from ledger where ended_at < ${beforeMs} order by ended_at limit ${sql.lit(DELETED_ROWS)})`,
  // All rows of a minute, even if it has more than that.
  ledger_minutes: (beforeMs) => sql`delete from ledger_minutes where minute in (
    select minute from ledger_minutes where minute < ${beforeMs} order by minute limit ${sql.lit(DELETED_ROWS)})`,
  audit: (beforeMs) => sql`delete from audit where id in (
    select id from audit where first_at < ${beforeMs} order by first_at limit ${sql.lit(DELETED_ROWS)})`,
}
