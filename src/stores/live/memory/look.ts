import type { ClaimState } from '../live-store.ts'

/** What a claim meets. Looking takes nothing. */
export interface Look {
  readonly fits: boolean
  readonly state: ClaimState
  /** How long until it could fit. */
  readonly retryAfterMs: number
  /** @returns what is left. */
  take(): ClaimState
}

export const remainingOf = (free: number): number => Math.max(0, Math.floor(free))
