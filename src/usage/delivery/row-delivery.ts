/** The one way on which rows reach their database, whatever they are: in order, with one backlog and one line in the log. */
import { reasonOf } from '#model'
import { createSpool, type RowOptions, type Rows, type RowStore } from '#stores'
import { createBacklog } from './backlog.ts'
import { createDelivery, type Delivery, type DeliveryLog } from './delivery.ts'

export interface RowDeliveryOptions {
  readonly rows: Rows
  readonly folder: RowOptions['folder']
  /** Writes a batch. What arrives twice must count once. */
  readonly write: (store: RowStore, json: string) => Promise<void>
  readonly log: DeliveryLog
}

export interface RowDelivery extends Pick<
  Delivery,
  'deliver' | 'settled' | 'isFailing' | 'waitingRows'
> {
  /** Sends what an earlier process left. */
  start(): Promise<void>
  /** Writes what is left, and closes the database. */
  close(): Promise<void>
}

const CONFIRM_MS = 100

export const createRowDelivery = ({
  rows,
  folder,
  write,
  log,
}: RowDeliveryOptions): RowDelivery => {
  const isRemote = rows.kind === 'postgres'
  const spool = isRemote ? createSpool(folder) : undefined
  let spoolFailed = false
  const backlog = createBacklog(spool, (error) => {
    if (!spoolFailed)
      log.warn({ reason: reasonOf(error) }, 'the spool of the ledger cannot be written')
    spoolFailed = true
  })
  const delivery = createDelivery({
    write: async (json) => write(await rows.open(), json),
    backlog,
    confirmMs: isRemote ? CONFIRM_MS : undefined,
    log,
  })
  return {
    deliver: delivery.deliver,
    settled: delivery.settled,
    get isFailing() {
      return delivery.isFailing
    },
    get waitingRows() {
      return delivery.waitingRows
    },
    async start() {
      if (!spool) return
      // The first rows then find a connection.
      void rows.open().catch(() => undefined)
      if (await spool.exists()) delivery.catchUp()
    },
    async close() {
      await delivery.close()
      await Promise.all([rows.close(), spool?.close()])
    },
  }
}
