/** Windows: a count that begins anew when its time has passed. The script in `redis/scripts.ts` computes the same. */
import type { ClaimState, WindowClaim } from '../live-store.ts'
import { createKeptKeys } from './kept-keys.ts'
import { type Meter, remainingOf } from './meter.ts'

/** It is counted in place. */
interface Window {
  count: number
  endsAtMs: number
}

export interface Windows extends Meter<WindowClaim> {
  /** Gives back what a claim took, unless its window has ended since. */
  giveBack(claim: WindowClaim, endsAtMs: number): void
  readonly size: number
}

export const createWindows = (now: () => number): Windows => {
  const windows = createKeptKeys<Window>(({ endsAtMs }) => endsAtMs <= now())

  const currentOf = ({ key }: WindowClaim, at: number): Window | undefined => {
    const window = windows.get(key)
    return window && window.endsAtMs > at ? window : undefined
  }

  return {
    fits: (claim, at) => (currentOf(claim, at)?.count ?? 0) + claim.amount <= claim.max,
    look(claim, at) {
      const current = currentOf(claim, at)
      return toState(claim, current?.count ?? 0, endOf(current, claim, at), at)
    },
    retryAfterMs: (claim, at) => leftOf(endOf(currentOf(claim, at), claim, at), at),
    take(claim, at) {
      const current = currentOf(claim, at)
      const window = current ?? { count: 0, endsAtMs: 0 }
      window.count += claim.amount
      window.endsAtMs = endOf(current, claim, at)
      if (!current) windows.set(claim.key, window)
      return toState(claim, window.count, window.endsAtMs, at)
    },
    giveBack({ key, amount }, endsAtMs) {
      const window = windows.get(key)
      if (window?.endsAtMs === endsAtMs) window.count = Math.max(0, window.count - amount)
    },
    get size() {
      return windows.size
    },
  }
}

/** If the configured time became shorter, the shorter one counts. */
const endOf = (current: Window | undefined, { windowMs }: WindowClaim, at: number): number =>
  current ? Math.min(current.endsAtMs, at + windowMs) : at + windowMs

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
