/** Schedules jobs: callers take turns, and the jobs of one caller run in order. */

export interface Turns<Job> {
  add(callerId: string, job: Job): void
  /** Does nothing if the job is not there. */
  remove(callerId: string, job: Job): void
  /** The first job of the caller whose turn it is. It stays until it is removed. */
  next(): Job | undefined
  countOf(callerId: string): number
  readonly count: number
  /** Empties all queues, and returns their jobs. */
  clear(): Job[]
}

export const createTurns = <Job>(): Turns<Job> => {
  /** The caller whose turn it is comes first. */
  const queues = new Map<string, Set<Job>>()
  let count = 0

  return {
    add(callerId, job) {
      const queue = queues.get(callerId) ?? new Set()
      queues.set(callerId, queue.add(job))
      count++
    },
    remove(callerId, job) {
      const queue = queues.get(callerId)
      if (!queue?.delete(job)) return
      count--
      if (queue.size === 0) queues.delete(callerId)
    },
    next() {
      for (const [callerId, queue] of queues) {
        queues.delete(callerId)
        queues.set(callerId, queue)
        for (const job of queue) return job
      }
      return undefined
    },
    countOf: (callerId) => queues.get(callerId)?.size ?? 0,
    get count() {
      return count
    },
    clear() {
      const jobs = [...queues.values()].flatMap((queue) => [...queue])
      queues.clear()
      count = 0
      return jobs
    },
  }
}
