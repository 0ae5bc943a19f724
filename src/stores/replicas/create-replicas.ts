/** Chooses how processes reach each other: through Redis if it is configured, otherwise through the one that started them. */
import type { StoreLog } from '../live/live-store.ts'
import { createRedisReplicas } from './redis/redis-replicas.ts'
import type { Replicas } from './replicas.ts'

export interface ReplicasOptions {
  /** It may contain a password. */
  readonly redisUrl?: string
  readonly log?: StoreLog
}

/** Undefined if there are no others. */
export const createReplicas = ({ redisUrl, log }: ReplicasOptions): Replicas | undefined =>
  redisUrl === undefined ? undefined : createRedisReplicas({ url: redisUrl, ...(log && { log }) })
