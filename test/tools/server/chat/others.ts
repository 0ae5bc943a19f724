/** Another process, as the doors see it. */
import { createReplicaCalls, type Replicas } from '#stores'

export const toOthers = (replicas: Replicas) => ({
  ...createReplicaCalls(replicas),
  self: replicas.self,
  get isWell() {
    return replicas.isWell
  },
})
