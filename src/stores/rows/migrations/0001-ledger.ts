/** The ledger: a row a call. */
import type { Kysely } from 'kysely'

const COUNTS = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_input_tokens',
  'audio_cache_read_tokens',
  'audio_output_tokens',
  'image_input_tokens',
  'image_cache_read_tokens',
  'image_output_tokens',
]

export const ledger = async (db: Kysely<unknown>): Promise<void> => {
  let table = db.schema
    .createTable('ledger')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('ended_at', 'bigint', (column) => column.notNull())
    .addColumn('request_id', 'text', (column) => column.notNull())
    .addColumn('log_request_id', 'text', (column) => column.notNull())
    .addColumn('caller_id', 'text', (column) => column.notNull())
    .addColumn('key_name', 'text')
    .addColumn('owner', 'text')
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('model', 'text')
    .addColumn('provider', 'text')
    .addColumn('target_model', 'text')
    .addColumn('service_tier', 'text')
  for (const name of COUNTS)
    table = table.addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0))
  await table
    .addColumn('estimated', 'integer', (column) => column.notNull())
    .addColumn('cost_pico', 'bigint')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('first_byte_ms', 'double precision')
    .addColumn('duration_ms', 'double precision', (column) => column.notNull())
    .addColumn('tags', 'text')
    .execute()
}
