/** The other processes that have the sessions of this one, since they have the same rows. */
import type { Neighbours } from '#chat'
import { createReplicaCalls, createReplicas, type LivePort } from '#stores'
import type { AppOptions } from '../options.ts'
import type { Others } from './others.ts'

interface Around extends Pick<AppOptions, 'rows' | 'redisUrl'> {
  /** Of a worker: the line to the process that started it. */
  readonly port: LivePort | undefined
  readonly others: Others | undefined
}

/** Undefined if there are none. */
export const toNeighbours = ({ rows, redisUrl, port, others }: Around): Neighbours | undefined => {
  const isReached = redisUrl === undefined || rows?.databaseUrl !== undefined
  if (isReached) return others && { replicas: others.replicas, calls: others }
  // Programs that share a Redis and have a file each have sessions of their own. Workers of one program have one file.
  const replicas = port && createReplicas({ port })
  return replicas && { replicas, calls: createReplicaCalls(replicas) }
}
