/** The other processes of this installation: its replicas through Redis, or the workers of its program. */
import { createReplicaCalls, createReplicas, type ReplicaCalls, type Replicas } from '#stores'
import type { Log } from '#telemetry'
import type { FirstProcess } from '../app.ts'

/** What all that asks other processes shares: there is one in a process. */
export interface Others extends ReplicaCalls {
  readonly replicas: Replicas
  readonly self: string
  readonly isWell: boolean
  close(): Promise<void>
}

export interface OthersOptions {
  /** It may contain a password. */
  readonly redisUrl: string | undefined
  readonly first: FirstProcess | undefined
  readonly log: Log
}

/** Undefined if there are none. */
export const createOthers = ({ redisUrl, first, log }: OthersOptions): Others | undefined => {
  const replicas = createReplicas({
    ...(redisUrl !== undefined && { redisUrl }),
    ...(first && { port: first.live }),
    log,
  })
  return (
    replicas && {
      ...createReplicaCalls(replicas),
      replicas,
      self: replicas.self,
      get isWell() {
        return replicas.isWell
      },
      close: replicas.close,
    }
  )
}
