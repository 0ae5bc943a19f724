/** How long to wait before a worker that has ended is replaced, and when to give up. */

export interface Restarts {
  /** A worker could be used. */
  ready(): void
  /** A worker has ended. @returns how long to wait. Undefined: none will ever start. */
  ended(): number | undefined
}

/** So many that never got ready, one after another. */
export const MAX_FAILED_STARTS = 5

const SHORTEST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000
/** A worker that has served for this long is replaced at once. */
const STEADY_MS = 10_000

export const createRestarts = (now: () => number = () => performance.now()): Restarts => {
  let readyAtMs: number | undefined
  let failedStarts = 0
  let inARow = 0

  return {
    ready() {
      readyAtMs = now()
      failedStarts = 0
    },
    ended() {
      const isSteady = readyAtMs !== undefined && now() - readyAtMs >= STEADY_MS
      if (readyAtMs === undefined && ++failedStarts >= MAX_FAILED_STARTS) return undefined
      readyAtMs = undefined
      inARow = isSteady ? 0 : inARow + 1
      return inARow === 0 ? 0 : Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** (inARow - 1))
    },
  }
}
