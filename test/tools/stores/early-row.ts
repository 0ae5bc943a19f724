/** A database of the first version, with one row. */
import { type Kysely, sql } from 'kysely'
import type { RowOptions } from '#stores'
import { migrate, MIGRATIONS } from '../../../src/stores/rows/migrations/migrate.ts'
import { openBare } from './open-bare.ts'

export const writeEarlyRow = async (place: RowOptions): Promise<void> => {
  const bare = await openBare(place)
  await migrate(bare.db as Kysely<unknown>, async () => undefined, MIGRATIONS.slice(0, 1))
  await sql`insert into ledger (id, ended_at, request_id, log_request_id, caller_id, route, input_tokens, estimated,
    outcome, attempts, duration_ms) values ('a', 60001, 'req', 'req', 'me', 'POST /', 5, 0, 'ok', 1, 1)`.execute(
    bare.db,
  )
  await bare.close()
}
