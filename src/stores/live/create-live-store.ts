/** Chooses where live state is: in Redis if it is configured, otherwise in this process. */
import type { LiveStore, OnStoreFailure, StoreLog } from './live-store.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import { createRedisStore } from './redis/redis-store.ts'

export interface LiveStoreOptions {
  /** It may contain a password. */
  readonly redisUrl?: string
  readonly onStoreFailure?: OnStoreFailure
  readonly log?: StoreLog
  /** Called with how long a call waited for Redis. */
  readonly onWaited?: (milliseconds: number) => void
}

export const createLiveStore = ({
  redisUrl,
  onStoreFailure = 'allow',
  log,
  onWaited,
}: LiveStoreOptions = {}): LiveStore =>
  redisUrl === undefined
    ? createMemoryStore()
    : createRedisStore({
        url: redisUrl,
        onStoreFailure,
        ...(log && { log }),
        ...(onWaited && { onWaited }),
      })
