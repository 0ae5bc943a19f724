/** Brings batches to their database, once and in order. While the database is gone they wait, and calls go on. */
import { reasonOf } from '#model'
import type { Backlog, Batch } from './backlog.ts'

export interface DeliveryLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

export interface DeliveryOptions {
  /** Writes a batch. What arrives twice must count once. */
  readonly write: (json: string) => Promise<void>
  readonly backlog: Backlog
  /**
   * A batch that is not confirmed in this time is kept in the backlog as well, so that a database that hangs costs no
   * rows when the process is killed.
   */
  readonly confirmMs: number | undefined
  readonly log: DeliveryLog
}

export interface Delivery {
  deliver(batch: Batch): void
  /** The last attempt to write failed. */
  readonly isFailing: boolean
  /** Rows that are on their way to the database, or wait for it. */
  readonly waitingRows: number
  /** Delivers what an earlier process left in the backlog. */
  catchUp(): void
  /** Resolves when every batch is written, or could not be for a time. */
  settled(): Promise<void>
  /** Tries once more to write what waits, then ends. */
  close(): Promise<void>
}

const SHORTEST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

/** How long a report, and the end of the process, may be delayed by what waits. */
const SETTLE_MS = 3_000

export const createDelivery = (options: DeliveryOptions): Delivery => {
  const { write, backlog, confirmMs, log } = options
  /** While it is set, batches go to the end of the backlog, behind those that wait there. */
  let behind = false
  let failing = false
  let retryMs = SHORTEST_RETRY_MS
  let retry: NodeJS.Timeout | undefined
  let closed = false
  let working: Promise<void> | undefined
  let last: Promise<void> = Promise.resolve()
  /** In the batches that were handed over, and are neither written nor in the backlog. */
  let handedOver = 0
  /** How many batches are on their way into the backlog, and how many ever were. */
  let arriving = 0
  let arrived = 0

  const failed = (error: unknown): void => {
    if (!failing) log.warn({ reason: reasonOf(error) }, CANNOT_WRITE)
    failing = true
  }

  const reportLost = (more = 0): void => {
    const lost = backlog.takeLost() + more
    if (lost > 0) log.warn({ lost }, 'rows of the ledger were lost')
  }

  const recovered = (): void => {
    retryMs = SHORTEST_RETRY_MS
    reportLost()
    if (failing) log.info({}, 'the ledger is written again')
    failing = false
  }

  const keep = async (batch: Batch): Promise<void> => {
    behind = true
    arriving++
    arrived++
    await backlog.add(batch)
    arriving--
  }

  const bring = async (batch: Batch): Promise<void> => {
    if (behind) return keep(batch)
    try {
      if (await endsWithin(write(batch.json), confirmMs)) return
    } catch (error) {
      if (isRefused(error)) return reportRefused(error, batch.count)
      failed(error)
    }
    await keep(batch)
    workLater()
  }

  /** A database may be slower than calls are, and not fail. */
  const bringInTurn = (batch: Batch): void => {
    if (!backlog.hasRoomFor(handedOver + batch.count)) return backlog.lose(batch.count)
    handedOver += batch.count
    last = bringAfter(last, batch)
  }

  const bringAfter = async (earlier: Promise<void>, batch: Batch): Promise<void> => {
    await earlier
    await bring(batch)
    handedOver -= batch.count
    if (handedOver === 0 && !behind) reportLost()
  }

  /** Waiting would not help, and all rows behind it would wait as well. */
  const reportRefused = (error: unknown, count: number): void => {
    log.warn({ reason: reasonOf(error) }, 'the database refused rows of the ledger')
    reportLost(count)
  }

  const workLater = (): void => {
    if (closed) return
    retry ??= setTimeout(() => {
      retry = undefined
      void work()
    }, retryMs).unref()
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
  }

  const work = (): Promise<void> => {
    working ??= workOff().finally(() => (working = undefined))
    return working
  }

  const workOff = async (): Promise<void> => {
    for (;;) {
      const seen = arrived
      const next = await backlog.first()
      if (!next) {
        if (arriving > 0 || arrived !== seen) continue
        behind = false
        return recovered()
      }
      try {
        await write(next.json)
      } catch (error) {
        if (!isRefused(error)) {
          failed(error)
          return workLater()
        }
        reportRefused(error, countOf(next.json))
      }
      await next.remove()
    }
  }

  const settled = async (): Promise<void> => {
    await last
    if (behind) await endsWithin(work(), SETTLE_MS)
  }

  return {
    deliver: bringInTurn,
    get isFailing() {
      return failing
    },
    get waitingRows() {
      return handedOver + backlog.waitingRows
    },
    catchUp() {
      behind = true
      void work()
    },
    settled,
    async close() {
      await last
      closed = true
      clearTimeout(retry)
      await settled()
      reportLost(backlog.heldRows)
    },
  }
}

const CANNOT_WRITE = 'the ledger cannot be written: calls go on, and their rows wait'

/** False: it takes longer, and may still succeed. Rejects as `work` does. */
const endsWithin = async (work: Promise<void>, withinMs: number | undefined): Promise<boolean> => {
  const ended = work.then(() => true)
  if (withinMs === undefined) return ended
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), withinMs)
  })
  try {
    return await Promise.race([ended, late])
  } finally {
    clearTimeout(timer)
  }
}

/** PostgreSQL: data that it cannot store, or that breaks a rule of the table. */
const isRefused = (error: unknown): boolean => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code)
}

const countOf = (json: string): number => {
  const batch = JSON.parse(json) as unknown[] | Readonly<Record<string, unknown[]>>
  return (Array.isArray(batch) ? [batch] : Object.values(batch)).flat().length
}
