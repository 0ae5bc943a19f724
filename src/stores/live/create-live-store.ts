/** Chooses where live state is: in Redis if it is configured, otherwise in this process or in the one that started it. */
import type { LiveStore, OnStoreFailure, StoreLog } from './live-store.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import { createRedisStore } from './redis/redis-store.ts'
import type { LivePort } from './shared/live-port.ts'
import { createSharedStore } from './shared/shared-store.ts'

export interface LiveStoreOptions {
  /** It may contain a password. */
  readonly redisUrl?: string
  /** Of a worker: the line to the process that has the live state of all workers. */
  readonly port?: LivePort
  readonly onStoreFailure?: OnStoreFailure
  readonly log?: StoreLog
  /** Called with how long a call waited for another process. */
  readonly onWaited?: (milliseconds: number) => void
}

export const createLiveStore = ({
  redisUrl,
  port,
  onStoreFailure = 'allow',
  log,
  onWaited,
}: LiveStoreOptions = {}): LiveStore => {
  const elsewhere = { onStoreFailure, ...(log && { log }), ...(onWaited && { onWaited }) }
  if (redisUrl !== undefined) return createRedisStore({ url: redisUrl, ...elsewhere })
  return port ? createSharedStore({ port, ...elsewhere }) : createMemoryStore()
}
