/** Chooses how processes reach each other: through Redis if it is configured, otherwise through the one that started them. */
import type { StoreLog } from '../live/live-store.ts'
import type { LivePort } from '../live/shared/live-port.ts'
import { createRedisReplicas } from './redis/redis-replicas.ts'
import type { Replicas } from './replicas.ts'
import { createSharedReplicas } from './shared/shared-replicas.ts'

export interface ReplicasOptions {
  /** It may contain a password. */
  readonly redisUrl?: string
  /** Of a worker: the line to the process that started it. */
  readonly port?: LivePort
  readonly log?: StoreLog
}

/** Undefined if there are no others. */
export const createReplicas = ({ redisUrl, port, log }: ReplicasOptions): Replicas | undefined => {
  if (redisUrl !== undefined) return createRedisReplicas({ url: redisUrl, ...(log && { log }) })
  return port && createSharedReplicas(port)
}
