/** Adds up what runs have cost, in the database. */
import { sql } from 'kysely'
import { PICODOLLARS } from '#model'
import type { RowStore } from '#stores'
import { sumByModel, toModelCosts } from '../resources/shown/sum-costs.ts'
import { toKeyText } from '../rows/key-text.ts'
import { toRun } from '../rows/records.ts'
import type { CostsAsked, ModelCosts } from '../session-store.ts'

export const readCosts = async (
  store: RowStore,
  owner: string,
  asked: CostsAsked,
): Promise<ModelCosts[]> =>
  sumByModel([...(await readSums(store, owner, asked)), ...(await readOld(store, owner, asked))])

const narrow = (owner: string, { sessionId }: CostsAsked) => {
  const ofOwner = sql`owner = ${toKeyText(owner)}`
  return sessionId === undefined
    ? ofOwner
    : sql`${ofOwner} and session_id = ${toKeyText(sessionId)}`
}

interface Sums extends Omit<ModelCosts, 'estimated' | 'total_cost' | 'total_tokens'> {
  readonly pico: number | null
  readonly unpriced: number
  readonly estimated: number
}

/** PostgreSQL would make a sum of integers something that is none. */
const total = (name: string) => sql.raw(`cast(coalesce(sum(${name}), 0) as bigint)`)

const readSums = async (
  { db }: RowStore,
  owner: string,
  asked: CostsAsked,
): Promise<ModelCosts[]> => {
  const { rows } = await sql<Sums>`
    select cost_model as model, count(*) as runs, max(estimated) as estimated,
      ${total('prompt_tokens')} as prompt_tokens, ${total('completion_tokens')} as completion_tokens,
      ${total('cached_tokens')} as cached_tokens, ${total('cache_write_tokens')} as cache_write_tokens,
      ${total('reasoning_tokens')} as reasoning_tokens, ${total('cost_pico')} as pico,
      ${total('case when cost_pico is null then 1 else 0 end')} as unpriced
    from session_runs
    where ${narrow(owner, asked)} and cost_model is not null and started_at >= ${asked.since}
    group by cost_model order by runs desc, cost_model`.execute(db)
  return rows.map(({ pico, unpriced, estimated, model, ...sums }) => ({
    ...sums,
    model: JSON.parse(model) as string,
    total_tokens: sums.prompt_tokens + sums.completion_tokens,
    total_cost: unpriced > 0 || pico === null ? null : pico / PICODOLLARS,
    estimated: estimated === 1,
  }))
}

/** Of runs that ended in an earlier version, whose rows have no costs. */
const readOld = async (
  { db }: RowStore,
  owner: string,
  asked: CostsAsked,
): Promise<ModelCosts[]> => {
  const { rows } = await sql<{ readonly data: string }>`
    select data from session_runs
    where ${narrow(owner, asked)} and started_at is null and is_open = 0`.execute(db)
  return rows
    .map(toRun)
    .flatMap(({ costSummary, startedAt }) =>
      costSummary && startedAt >= asked.since ? [toModelCosts(costSummary)] : [],
    )
}
