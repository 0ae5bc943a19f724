/** Deletes rows that are older than the operator wants to keep, behind the calls. */
import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from '#model'
import type { Rows } from '#stores'
import type { DeliveryLog } from '../delivery/delivery.ts'
import type { Aged } from './delete-old.ts'

export interface Retention {
  /** Deletes now, and then every hour. */
  start(): void
  /** At most a few rows are still deleted. */
  stop(): void
}

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const RETENTION_MS = 3_600_000
/** Rows of calls are written in between. */
const PAUSE_MS = 20

/** In this order a report never has calls whose rows are gone. */
const TABLES: readonly Aged[] = ['ledger_minutes', 'ledger', 'audit']

export const createRetention = (rows: Rows, keepDays: number, log: DeliveryLog): Retention => {
  let timer: NodeJS.Timeout | undefined
  const stopping = new AbortController()
  let working: Promise<void> | undefined

  const deleteFrom = async (table: Aged, beforeMs: number): Promise<number> => {
    const { deleteSome } = await import('./delete-old.ts')
    let deleted = 0
    while (!stopping.signal.aborted) {
      const some = await deleteSome(await rows.open(), table, beforeMs)
      if (some === 0) break
      deleted += some
      await sleep(PAUSE_MS)
    }
    return deleted
  }

  const deleteOld = async (): Promise<void> => {
    if (!(await rows.exist())) return
    // Of complete minutes, so that sums and rows stay the same.
    const beforeMs = Math.floor((Date.now() - keepDays * DAY_MS) / MINUTE_MS) * MINUTE_MS
    const deleted: Partial<Record<Aged, number>> = {}
    for (const table of TABLES) {
      const count = await deleteFrom(table, beforeMs)
      if (count > 0) deleted[table] = count
    }
    if (Object.keys(deleted).length > 0) log.info(deleted, 'old rows were deleted')
  }

  const work = (): void => {
    working ??= deleteOld()
      .catch((error: unknown) => {
        if (!stopping.signal.aborted)
          log.warn({ reason: reasonOf(error) }, 'old rows could not be deleted')
      })
      .finally(() => (working = undefined))
  }

  return {
    start() {
      work()
      timer = setInterval(work, RETENTION_MS).unref()
    },
    stop() {
      stopping.abort()
      clearInterval(timer)
    },
  }
}
