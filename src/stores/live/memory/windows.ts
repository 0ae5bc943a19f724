/** Windows: a count that begins anew when its time has passed. The script in `redis/scripts.ts` computes the same. */
import type { ClaimState, WindowClaim } from '../live-store.ts'
import { createKeptKeys } from './kept-keys.ts'
import { type Meter, remainingOf } from './meter.ts'

interface Window {
  readonly count: number
  readonly endsAtMs: number
}

export interface Windows extends Meter<WindowClaim> {
  readonly size: number
}

export const createWindows = (now: () => number): Windows => {
  const windows = createKeptKeys<Window>(({ endsAtMs }) => endsAtMs <= now())

  const countOf = ({ key }: WindowClaim, at: number): number => {
    const window = windows.get(key)
    return window && window.endsAtMs > at ? window.count : 0
  }

  /** If the configured time became shorter, the shorter one counts. */
  const endOf = ({ key, windowMs }: WindowClaim, at: number): number => {
    const window = windows.get(key)
    return window && window.endsAtMs > at ? Math.min(window.endsAtMs, at + windowMs) : at + windowMs
  }

  return {
    fits: (claim, at) => countOf(claim, at) + claim.amount <= claim.max,
    look: (claim, at) => toState(claim, countOf(claim, at), endOf(claim, at), at),
    retryAfterMs: (claim, at) => leftOf(endOf(claim, at), at),
    take(claim, at) {
      const count = countOf(claim, at) + claim.amount
      const endsAtMs = endOf(claim, at)
      windows.set(claim.key, { count, endsAtMs })
      return toState(claim, count, endsAtMs, at)
    },
    get size() {
      return windows.size
    },
  }
}

const leftOf = (endsAtMs: number, at: number): number => Math.ceil(endsAtMs - at)

const toState = (
  { max }: WindowClaim,
  taken: number,
  endsAtMs: number,
  at: number,
): ClaimState => ({
  limit: max,
  remaining: remainingOf(max - taken),
  resetMs: taken === 0 ? 0 : leftOf(endsAtMs, at),
})
