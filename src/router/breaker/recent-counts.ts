/** Counts the calls of the recent past and their failures: all of the last half of the window, and more of it. */
import type { Clock } from './clock.ts'

export interface RecentCounts {
  readonly calls: number
  readonly failures: number
  addCall(): void
  addFailure(): void
  clear(): void
}

/** Two halves, of which the older one is forgotten at once: a count for each moment would cost more than it tells. */
export const createRecentCounts = (windowMs: number, now: Clock): RecentCounts => {
  const halfMs = windowMs / 2
  const recent = { calls: 0, failures: 0 }
  const before = { calls: 0, failures: 0 }
  let startedAt = now()

  const turn = (): void => {
    const ageMs = now() - startedAt
    if (ageMs < halfMs) return
    const isNext = ageMs < windowMs
    before.calls = isNext ? recent.calls : 0
    before.failures = isNext ? recent.failures : 0
    recent.calls = recent.failures = 0
    startedAt += Math.floor(ageMs / halfMs) * halfMs
  }

  return {
    get calls() {
      turn()
      return recent.calls + before.calls
    },
    get failures() {
      turn()
      return recent.failures + before.failures
    },
    addCall() {
      turn()
      recent.calls++
    },
    addFailure() {
      turn()
      recent.failures++
    },
    clear() {
      recent.calls = recent.failures = before.calls = before.failures = 0
    },
  }
}
