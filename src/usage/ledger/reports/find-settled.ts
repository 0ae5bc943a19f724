/** Reads what one call has used and cost. */
import { PICODOLLARS, type Settled } from '#model'
import type { LedgerTable, Rows } from '#stores'

/** Makes no file. */
export const findSettled = async (rows: Rows, id: string): Promise<Settled | undefined> => {
  if (!(await rows.exist())) return undefined
  const { db } = await rows.open()
  const row = await db.selectFrom('ledger').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toSettled(row)
}

const toSettled = (row: LedgerTable): Settled => ({
  target:
    row.provider === null || row.target_model === null
      ? undefined
      : { provider: row.provider, model: row.target_model },
  usage: {
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cacheReadTokens: row.cache_read_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    reasoningTokens: row.reasoning_tokens,
    estimated: row.estimated === 1,
  },
  cost: row.cost_pico === null ? null : row.cost_pico / PICODOLLARS,
})
