/** Reads a report of usage from the sums of minutes, so that no report reads every row. */
import { type RawBuilder, sql } from 'kysely'
import { PICODOLLARS } from '#model'
import type { Rows, RowStore } from '#stores'
import { toCallerId } from '../../rows/row-texts.ts'
import type { Grouping, UsageLine, UsageQuery, UsageReport } from './usage-query.ts'

/** A report by model may have as many lines as clients have named models. */
const MAX_LINES = 10_000

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

interface Sums {
  readonly key: string | number
  readonly calls: number
  readonly unpriced: number
  readonly input: number
  readonly output: number
  readonly pico: number
  readonly cached: number
  readonly unpricedCached: number
  readonly savedPico: number
}

export const reportUsage = async (rows: Rows, query: UsageQuery): Promise<UsageReport> => {
  // A report makes no file.
  if (!(await rows.exist())) return toReport([], query)
  const store = await rows.open()
  const sums = await readSums(store, query, KEYS[query.by])
  if (sums.length <= MAX_LINES) return toReport(sums, query)
  const total = await readSums(store, query, sql`''`)
  return { ...toReport(sums.slice(0, MAX_LINES), query), total: toTotal(total) }
}

const KEYS: Readonly<Record<Grouping, RawBuilder<string | number>>> = {
  day: sql`minute - minute % ${sql.lit(DAY_MS)}`,
  model: sql`case when provider = '' then '' else provider || '/' || target_model end`,
  key: sql`case when key_name = '' then caller_id else key_name end`,
  owner: sql`owner`,
}

const readSums = async (
  { db }: RowStore,
  { sinceMs, callerId }: UsageQuery,
  key: RawBuilder<unknown>,
): Promise<Sums[]> => {
  const since = sinceMs === undefined ? 0 : Math.floor(sinceMs / MINUTE_MS) * MINUTE_MS
  const ofCaller = callerId === undefined ? sql`true` : sql`caller_id = ${toCallerId(callerId)}`
  const { rows } = await sql<Sums>`
    select ${key} as "key",
      ${total('calls')} as calls,
      ${total('unpriced_calls')} as unpriced,
      ${total('input_tokens')} as input,
      ${total('output_tokens')} as output,
      ${totalPico('cost_pico')} as pico,
      ${total('cached_calls')} as cached,
      ${total('unpriced_cached_calls')} as "unpricedCached",
      ${totalPico('saved_pico')} as "savedPico"
    from ledger_minutes
    where minute >= ${since} and ${ofCaller}
    group by 1 order by 1
    limit ${sql.lit(MAX_LINES + 1)}`.execute(db)
  return rows
}

/** Summed as whole numbers, which is exact. The sum may be larger than what a driver takes for one. */
const total = (column: string): RawBuilder<number> =>
  sql`cast(sum(${sql.ref(column)}) as double precision)`

/** In two parts, since SQLite refuses a sum that is larger than its integers: nine million dollars. */
const totalPico = (column: string): RawBuilder<number> =>
  sql`cast(sum(${sql.ref(column)} / 1000000) as double precision) * 1000000
    + cast(sum(${sql.ref(column)} % 1000000) as double precision)`

const toReport = (sums: readonly Sums[], { by }: UsageQuery): UsageReport => ({
  data: sums.map((line) => ({ key: toKey(line.key, by), ...toFigures(line) })),
  total: toTotal(sums),
})

const toKey = (key: string | number, by: Grouping): string | null => {
  if (by === 'day') return new Date(Number(key)).toISOString().slice(0, 10)
  return key === '' ? null : String(key)
}

const toFigures = (sums: Sums): Omit<UsageLine, 'key'> => ({
  calls: sums.calls,
  input_tokens: sums.input,
  output_tokens: sums.output,
  cost: toDollars(sums.pico, sums.calls, sums.unpriced),
  unpriced_calls: sums.unpriced,
  cached_calls: sums.cached,
  saved: toDollars(sums.savedPico, sums.cached, sums.unpricedCached),
})

/** Null if the price of no call is known. */
const toDollars = (pico: number, calls: number, unpriced: number): number | null =>
  calls > 0 && unpriced === calls ? null : pico / PICODOLLARS

const toTotal = (sums: readonly Sums[]): Omit<UsageLine, 'key'> => {
  const add = (field: Exclude<keyof Sums, 'key'>): number =>
    sums.reduce((sum, line) => sum + line[field], 0)
  return toFigures({
    key: '',
    calls: add('calls'),
    unpriced: add('unpriced'),
    input: add('input'),
    output: add('output'),
    pico: add('pico'),
    cached: add('cached'),
    unpricedCached: add('unpricedCached'),
    savedPico: add('savedPico'),
  })
}
