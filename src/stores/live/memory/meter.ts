import type { Claim, ClaimState } from '../live-store.ts'

/** Counts the claims of one kind. No closures: each call makes several claims. */
export interface Meter<Kind extends Claim> {
  fits(claim: Kind, at: number): boolean
  /** What is left. Looking takes nothing. */
  look(claim: Kind, at: number): ClaimState
  /** How long until a claim that does not fit could. */
  retryAfterMs(claim: Kind, at: number): number
  /** @returns what is left then. */
  take(claim: Kind, at: number): ClaimState
}

export const remainingOf = (free: number): number => Math.max(0, Math.floor(free))
