/** The sums of the ledger by minute, also for the rows that are there already. */
import { type CreateTableBuilder, type Kysely, sql } from 'kysely'

const KEYS = ['minute', 'caller_id', 'key_name', 'owner', 'provider', 'target_model'] as const
const SUMS = [
  'calls',
  'failed_calls',
  'unpriced_calls',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost_pico',
]

export const ledgerMinutes = async (db: Kysely<unknown>): Promise<void> => {
  let table: CreateTableBuilder<string, string> = db.schema
    .createTable('ledger_minutes')
    .addColumn('minute', 'bigint', (column) => column.notNull())
  for (const name of KEYS.slice(1))
    table = table.addColumn(name, 'text', (column) => column.notNull())
  for (const name of SUMS) table = table.addColumn(name, 'bigint', (column) => column.notNull())
  await table
    .addColumn('duration_ms', 'double precision', (column) => column.notNull())
    .addPrimaryKeyConstraint('ledger_minutes_key', [...KEYS])
    .execute()
  await db.schema
    .createIndex('ledger_minutes_of_caller')
    .on('ledger_minutes')
    .columns(['caller_id', 'minute'])
    .execute()
  await sql
    .raw(
      `insert into ledger_minutes (${[...KEYS, ...SUMS, 'duration_ms'].join(', ')})
       select ended_at - ended_at % 60000, caller_id, coalesce(key_name, ''), coalesce(owner, ''),
         coalesce(provider, ''), coalesce(target_model, ''), count(*),
         sum(case when outcome = 'ok' then 0 else 1 end),
         sum(case when cost_pico is null then 1 else 0 end),
         sum(input_tokens), sum(cache_read_tokens), sum(cache_write_tokens), sum(output_tokens),
         sum(reasoning_tokens), coalesce(sum(cost_pico), 0), sum(duration_ms)
       from ledger group by 1, 2, 3, 4, 5, 6`,
    )
    .execute(db)
}
