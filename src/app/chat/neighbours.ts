/** The other processes that have the sessions of this one: workers of one program, or programs that share a database. */
import type { Neighbours } from '#chat'
import { createReplicaCalls, createReplicas, type LivePort, type LiveStoreOptions } from '#stores'
import type { AppOptions } from '../options.ts'

interface Around extends Pick<AppOptions, 'rows' | 'redisUrl'> {
  /** Of a worker: the line to the process that started it. */
  readonly port: LivePort | undefined
  readonly log: LiveStoreOptions['log']
}

/** Undefined if there are none. */
export const createNeighbours = ({ rows, redisUrl, port, log }: Around): Neighbours | undefined => {
  // Programs that share a Redis, and have a file each, have sessions of their own.
  const isShared = rows?.databaseUrl !== undefined && redisUrl !== undefined
  const replicas = createReplicas({
    ...(isShared ? { redisUrl } : { ...(port && { port }) }),
    ...(log && { log }),
  })
  return replicas && { replicas, calls: createReplicaCalls(replicas) }
}
