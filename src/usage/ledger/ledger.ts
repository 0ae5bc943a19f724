/** The ledger: a row for each call, in the database, behind the calls and not before them. */
import { GatewayError, type Settler } from '#model'
import { createSpool, type RowOptions, type Rows } from '#stores'
import { createBacklog } from '../delivery/backlog.ts'
import { createBatches } from '../delivery/batches.ts'
import { createDelivery, type LedgerLog, reasonOf } from '../delivery/delivery.ts'
import { createToRow, type Redact } from './rows/ledger-row.ts'
import type { UsageQuery, UsageReport } from './reports/usage-query.ts'

export interface LedgerOptions {
  readonly rows: Rows
  readonly folder: RowOptions['folder']
  readonly redact: Redact
  readonly log: LedgerLog
}

export interface Ledger {
  readonly settle: Settler
  /** Sends what an earlier process left. */
  start(): Promise<void>
  /** @throws GatewayError `at_capacity` if the database cannot be read. */
  report(query: UsageQuery): Promise<UsageReport>
  /** Writes what is left, and closes the database. */
  close(): Promise<void>
}

const CONFIRM_MS = 100

/** Loads what it needs when it is asked: a server may never be. */
export const readUsage = async (rows: Rows, query: UsageQuery): Promise<UsageReport> => {
  const { reportUsage } = await import('./reports/report-usage.ts')
  return reportUsage(rows, query)
}

export const createLedger = ({ rows, folder, redact, log }: LedgerOptions): Ledger => {
  const isRemote = rows.kind === 'postgres'
  const spool = isRemote ? createSpool(folder) : undefined
  let spoolFailed = false
  const backlog = createBacklog(spool, (error) => {
    if (!spoolFailed)
      log.warn({ reason: reasonOf(error) }, 'the spool of the ledger cannot be written')
    spoolFailed = true
  })
  const delivery = createDelivery({
    write: async (json) => {
      const store = await rows.open()
      const { writeBatch } = await import('./rows/write-batch.ts')
      await writeBatch(store, json)
    },
    backlog,
    confirmMs: isRemote ? CONFIRM_MS : undefined,
    log,
  })
  const batches = createBatches(createToRow(redact), delivery.deliver)

  return {
    settle: batches.add,
    async start() {
      if (!spool) return
      // The first rows then find a connection.
      void rows.open().catch(() => undefined)
      if (await spool.exists()) delivery.catchUp()
    },
    async report(query) {
      batches.flush()
      await delivery.settled()
      try {
        return await readUsage(rows, query)
      } catch (cause) {
        log.warn({ reason: reasonOf(cause) }, 'the ledger cannot be read')
        throw new GatewayError('at_capacity', 'The usage cannot be read now. Try again shortly.', {
          cause,
        })
      }
    },
    async close() {
      batches.flush()
      await delivery.close()
      await Promise.all([rows.close(), spool?.close()])
    },
  }
}
