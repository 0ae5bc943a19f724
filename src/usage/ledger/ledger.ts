/** The ledger: a row for each call, in the database, behind the calls and not before them. */
import type { Settled, Settler } from '#model'
import type { Rows } from '#stores'
import type { Batch } from '../delivery/backlog.ts'
import type { Redact } from '../rows/row-texts.ts'
import { createBatches } from './batches.ts'
import { createToRow } from './rows/ledger-row.ts'
import type { UsageQuery, UsageReport } from './reports/usage-query.ts'

export interface Ledger {
  readonly settle: Settler
  /** Sends what there is. */
  flush(): void
  /** Rows that were not sent yet. */
  readonly count: number
}

/** Loads what it needs when it is asked: a server may never be. */
export const readUsage = async (rows: Rows, query: UsageQuery): Promise<UsageReport> => {
  const { reportUsage } = await import('./reports/report-usage.ts')
  return reportUsage(rows, query)
}

export const readSettled = async (rows: Rows, id: string): Promise<Settled | undefined> => {
  const { findSettled } = await import('./reports/find-settled.ts')
  return findSettled(rows, id)
}

export const createLedger = (redact: Redact, deliver: (batch: Batch) => void): Ledger => {
  const batches = createBatches(createToRow(redact), deliver)
  return {
    settle: batches.add,
    flush: batches.flush,
    get count() {
      return batches.count
    },
  }
}
