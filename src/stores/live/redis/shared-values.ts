/** Values in Redis that all processes share. No call depends on them: without Redis nothing is found and nothing kept. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { SharedValues } from '../live-store.ts'
import { toRedisValue } from './claims-by-tag.ts'
import { createPatience, TooLate } from '../patience.ts'

export interface SharedValuesOptions {
  /** Undefined while Redis cannot be used. */
  readonly usable: () => Redis | undefined
  /** What a call may wait. */
  readonly budgetMs: number
  /** Redis did not answer in time. It may be ill, or the value large. */
  readonly onLate: () => Promise<void>
  /** Called with how long a call waited. */
  readonly onWaited?: (milliseconds: number) => void
}

export const createSharedValues = ({
  usable,
  budgetMs,
  onLate,
  onWaited,
}: SharedValuesOptions): SharedValues => {
  // Its own: if a value is late, nobody gives up on limits.
  const patience = createPatience(budgetMs)
  return {
    async recall(key) {
      const client = usable()
      if (!client) return undefined
      const askedAt = performance.now()
      try {
        const found = await patience.within(client.getBuffer(toRedisValue(key)))
        return found?.toString('latin1')
      } catch (error) {
        // What Redis says about one key is no illness, and a connection that is gone reports itself.
        if (error instanceof TooLate) void onLate()
        return undefined
      } finally {
        onWaited?.(performance.now() - askedAt)
      }
    },
    async keep(key, value, ttlMs) {
      const bytes = Buffer.from(value, 'latin1')
      // A Redis that has no room for it, or takes its time, may still count limits.
      const kept = usable()?.set(toRedisValue(key), bytes, 'PX', ttlMs)
      if (kept)
        await Promise.race([
          kept.catch(() => undefined),
          sleep(budgetMs, undefined, { ref: false }),
        ])
    },
  }
}
