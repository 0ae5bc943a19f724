/** Windows: a count that begins anew when its time has passed. The script in `redis/scripts.ts` computes the same. */
import type { ClaimState, WindowClaim } from '../live-store.ts'
import { createKeptKeys } from './kept-keys.ts'
import { type Look, remainingOf } from './look.ts'

interface Window {
  readonly count: number
  readonly endsAtMs: number
}

export const createWindows = (now: () => number) => {
  const windows = createKeptKeys<Window>(({ endsAtMs }) => endsAtMs <= now())

  /** If the configured time became shorter, the shorter one counts. */
  const windowOf = ({ key, windowMs }: WindowClaim, at: number): Window => {
    const window = windows.get(key)
    return window && window.endsAtMs > at
      ? { count: window.count, endsAtMs: Math.min(window.endsAtMs, at + windowMs) }
      : { count: 0, endsAtMs: at + windowMs }
  }

  return {
    look(claim: WindowClaim, at: number): Look {
      const { key, max, amount } = claim
      const { count, endsAtMs } = windowOf(claim, at)
      const leftMs = Math.ceil(endsAtMs - at)
      const toState = (taken: number): ClaimState => ({
        limit: max,
        remaining: remainingOf(max - taken),
        resetMs: taken === 0 ? 0 : leftMs,
      })
      return {
        fits: count + amount <= max,
        state: toState(count),
        retryAfterMs: leftMs,
        take() {
          windows.set(key, { count: count + amount, endsAtMs })
          return toState(count + amount)
        },
      }
    },
    get size() {
      return windows.size
    },
  }
}
