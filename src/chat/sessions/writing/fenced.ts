/** Writes several tables in one transaction, if a first statement, the fence, changes a row. */
import { type RawBuilder, sql } from 'kysely'
import type { PostgresStore, RowStore } from '#stores'

/** A statement, and the condition that it must contain. */
export type Step = (guard: RawBuilder<boolean>) => RawBuilder<unknown>

export interface FencedWrite {
  readonly fence: RawBuilder<unknown>
  readonly steps: readonly Step[]
  /**
   * What a step does depends on an earlier one, or on rows that another transaction may be writing. Otherwise PostgreSQL
   * does all in one statement, and the caller waits for one round trip.
   */
  readonly inOrder?: boolean
  /** In PostgreSQL, what goes before the fence. SQLite has one writer at a time. */
  readonly lock?: RawBuilder<unknown>
}

const ALWAYS: RawBuilder<boolean> = sql`1 = 1`
const IF_FENCED: RawBuilder<boolean> = sql`exists (select 1 from fence)`

/** @returns false: the fence changed nothing, so nothing was written. */
export const writeFenced = (store: RowStore, write: FencedWrite): Promise<boolean> => {
  if (store.kind === 'sqlite') {
    const statements = [write.fence, ...write.steps.map((step) => step(ALWAYS))]
    return store.runAtOnce(
      statements.map((statement) => {
        const { sql: text, parameters } = statement.compile(store.db)
        return { sql: text, parameters }
      }),
    )
  }
  return write.inOrder ? writeInOrder(store, write) : writeAtOnce(store, write)
}

/** All of them see the rows as they were before the statement. */
const writeAtOnce = async (
  { db }: PostgresStore,
  { fence, steps }: FencedWrite,
): Promise<boolean> => {
  const parts = steps.map((step, at) => sql`${sql.raw(`step_${at}`)} as (${step(IF_FENCED)})`)
  const all = sql.join([sql`fence as (${fence} returning 1 as one)`, ...parts])
  const { rows } = await sql`with ${all} select one from fence`.execute(db)
  return rows.length > 0
}

const writeInOrder = (
  store: PostgresStore,
  { fence, steps, lock }: FencedWrite,
): Promise<boolean> =>
  store.transaction(async (db) => {
    await lock?.execute(db)
    const { numAffectedRows = 0n } = await fence.execute(db)
    if (numAffectedRows === 0n) return false
    for (const step of steps) await step(ALWAYS).execute(db)
    return true
  })
