/** Chooses where live state is: in Redis if it is configured, otherwise in this process. */
import type { LiveStore, OnStoreFailure, StoreLog } from './live-store.ts'
import { createMemoryStore } from './memory/memory-store.ts'
import { createRedisStore } from './redis/redis-store.ts'

export interface LiveStoreOptions {
  /** It may contain a password. */
  readonly redisUrl?: string
  readonly onStoreFailure?: OnStoreFailure
  readonly log?: StoreLog
}

export const createLiveStore = ({
  redisUrl,
  onStoreFailure = 'allow',
  log,
}: LiveStoreOptions = {}): LiveStore =>
  redisUrl === undefined
    ? createMemoryStore()
    : createRedisStore({ url: redisUrl, onStoreFailure, ...(log && { log }) })
