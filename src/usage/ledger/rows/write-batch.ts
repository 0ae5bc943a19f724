/** Writes a batch and adds it to the sums of its minutes, in one transaction. A row that is there already counts once. */
import { type RawBuilder, sql } from 'kysely'
import type { LedgerMinuteTable, PostgresStore, RowStore, SqliteStore } from '#stores'
import { toNames, toValues } from '../../rows/columns.ts'
import { COLUMNS } from './columns.ts'

const NAMES = toNames(COLUMNS)

const INSERT_INTO_SQLITE = `insert into ledger (${NAMES}) values (${COLUMNS.map(() => '?').join(', ')})
  on conflict (id) do nothing`

const KEYS = [
  ['minute', 'ended_at - ended_at % 60000'],
  ['caller_id', 'caller_id'],
  ['key_name', "coalesce(key_name, '')"],
  ['owner', "coalesce(owner, '')"],
  ['provider', "coalesce(provider, '')"],
  ['target_model', "coalesce(target_model, '')"],
] as const satisfies readonly (readonly [keyof LedgerMinuteTable, string])[]

const SUMS = [
  ['calls', 'count(*)'],
  ['failed_calls', "sum(case when outcome = 'ok' then 0 else 1 end)"],
  ['unpriced_calls', 'sum(case when cost_pico is null then 1 else 0 end)'],
  ['input_tokens', 'sum(input_tokens)'],
  ['cache_read_tokens', 'sum(cache_read_tokens)'],
  ['cache_write_tokens', 'sum(cache_write_tokens)'],
  ['output_tokens', 'sum(output_tokens)'],
  ['reasoning_tokens', 'sum(reasoning_tokens)'],
  ['cost_pico', 'coalesce(sum(cost_pico), 0)'],
  ['duration_ms', 'sum(duration_ms)'],
  ['cached_calls', "sum(case when cache = 'hit' then 1 else 0 end)"],
  [
    'unpriced_cached_calls',
    "sum(case when cache = 'hit' and saved_pico is null then 1 else 0 end)",
  ],
  ['saved_pico', 'coalesce(sum(saved_pico), 0)'],
] as const satisfies readonly (readonly [keyof LedgerMinuteTable, string])[]

const KEY_NAMES = KEYS.map(([name]) => name).join(', ')
const POSITIONS = KEYS.map((_, at) => at + 1).join(', ')

/** Two processes add to the same minutes in the same order, so that neither waits for the other for ever. */
const addToMinutes = (from: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  insert into ledger_minutes (${sql.raw([KEY_NAMES, ...SUMS.map(([name]) => name)].join(', '))})
  select ${sql.raw([...KEYS, ...SUMS].map(([, value]) => value).join(', '))}
  from ${from}
  group by ${sql.raw(POSITIONS)} order by ${sql.raw(POSITIONS)}
  on conflict (${sql.raw(KEY_NAMES)}) do update set ${sql.raw(
    SUMS.map(([name]) => `${name} = ledger_minutes.${name} + excluded.${name}`).join(', '),
  )}`

/** @param json rows as `batches.ts` makes them. */
export const writeBatch = (store: RowStore, json: string): Promise<void> =>
  store.kind === 'sqlite' ? writeToSqlite(store, json) : writeToPostgres(store, json)

/** There is one writer at a time, so the rows that were inserted are the last ones. */
const writeToSqlite = (store: SqliteStore, json: string): Promise<void> =>
  store.transaction(async (db) => {
    const added = await store.runForEach(INSERT_INTO_SQLITE, json)
    if (added === 0) return
    const last = sql`(select max(rowid) from ledger)`
    await addToMinutes(sql`ledger where rowid > ${last} - ${added}`).execute(db)
  })

const VALUES = sql.raw(toValues(COLUMNS))

/** Several processes may send the same rows at once. Only one of them inserts a row, and that one adds it. */
const writeToPostgres = async ({ db }: PostgresStore, json: string): Promise<void> => {
  const names = sql.raw(NAMES)
  const batch = sql`(select ${VALUES} from json_array_elements(cast(${json} as json)))`
  const insert = sql`insert into ledger (${names}) select ${names} from ${batch} as batch
    on conflict (id) do nothing returning *`
  await sql`with added as (${insert}) ${addToMinutes(sql`added`)}`.execute(db)
}
