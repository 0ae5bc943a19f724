/**
 * Gathers the rows of calls, and hands them over in batches, so that no call waits for its row. A batch is a JSON array of
 * rows, each an array of values in the order of `COLUMNS`.
 */
import type { Settlement } from '#model'
import type { Batch } from '../delivery/backlog.ts'
import { createRowIds } from '../rows/row-ids.ts'
import type { ToRow } from './rows/ledger-row.ts'

export interface Batches {
  add(settlement: Settlement): void
  /** Hands over what there is. */
  flush(): void
  /** Rows that were not handed over yet. */
  readonly count: number
}

/** With the time to write a batch, this bounds what is lost when the process is killed: 250 ms of calls. */
const BATCH_MS = 100
const MAX_BATCH_ROWS = 1_000

export const createBatches = (toRow: ToRow, deliver: (batch: Batch) => void): Batches => {
  const nextId = createRowIds()
  let gathered: Settlement[] = []
  let timer: NodeJS.Timeout | undefined

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (gathered.length === 0) return
    const settlements = gathered
    gathered = []
    const rows = settlements.map((settlement) =>
      Object.values(toRow(settlement, settlement.id ?? nextId())),
    )
    deliver({ json: JSON.stringify(rows), count: rows.length })
  }

  return {
    add(settlement) {
      gathered.push(settlement)
      if (gathered.length >= MAX_BATCH_ROWS) flush()
      else timer ??= setTimeout(flush, BATCH_MS).unref()
    },
    flush,
    get count() {
      return gathered.length
    },
  }
}
