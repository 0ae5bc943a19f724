/** Buckets: what was spent refills over time. The script in `redis/scripts.ts` computes the same. */
import type { BucketClaim, ClaimState } from '../live-store.ts'
import { createKeptKeys } from './kept-keys.ts'
import { type Meter, remainingOf } from './meter.ts'

/** It is counted in place. */
interface Bucket {
  /** More than the bucket holds is a debt. */
  spent: number
  atMs: number
  perMs: number
}

export interface Buckets extends Meter<BucketClaim> {
  correct(claim: BucketClaim, amount: number, at: number): void
  readonly size: number
}

const MINUTE = 60_000

/** In milliseconds: a bucket may refill at no rate at all. */
const FOREVER = 1e12

/** Fractions of a token are computed in floating point: this is what they may be off by. */
const SLACK = 1e-9
const SLACK_MS = 1e-6

export const createBuckets = (now: () => number): Buckets => {
  const buckets = createKeptKeys<Bucket>((bucket) => spentAt(bucket, bucket.perMs, now()) === 0)

  const spentOf = ({ key, perMinute }: BucketClaim, at: number): number => {
    const bucket = buckets.get(key)
    return bucket ? spentAt(bucket, perMinute / MINUTE, at) : 0
  }

  const spend = ({ key, perMinute }: BucketClaim, spent: number, atMs: number): void => {
    const perMs = perMinute / MINUTE
    if (spent <= 0) return buckets.delete(key)
    const bucket = buckets.get(key)
    if (!bucket) return buckets.set(key, { spent, atMs, perMs })
    bucket.spent = spent
    bucket.atMs = atMs
    bucket.perMs = perMs
  }

  const excessOf = (claim: BucketClaim, at: number): number =>
    spentOf(claim, at) + Math.min(claim.amount, claim.burst) - claim.burst

  return {
    fits: (claim, at) => claim.burst > 0 && excessOf(claim, at) <= SLACK,
    look: (claim, at) => toState(claim, spentOf(claim, at)),
    retryAfterMs: (claim, at) =>
      claim.burst > 0 ? untilRefilled(claim, excessOf(claim, at)) : MINUTE,
    take(claim, at) {
      const spent = spentOf(claim, at) + claim.amount
      spend(claim, spent, at)
      return toState(claim, spent)
    },
    correct(claim, amount, at) {
      spend(claim, spentOf(claim, at) + amount, at)
    },
    get size() {
      return buckets.size
    },
  }
}

const spentAt = ({ spent, atMs }: Bucket, perMs: number, at: number): number =>
  Math.max(0, spent - Math.max(0, at - atMs) * perMs)

const untilRefilled = ({ perMinute }: BucketClaim, tokens: number): number =>
  Math.min(FOREVER, Math.max(1, Math.ceil((tokens * MINUTE) / perMinute - SLACK_MS)))

const toState = (claim: BucketClaim, spent: number): ClaimState => ({
  limit: claim.burst,
  remaining: remainingOf(claim.burst - spent + SLACK),
  resetMs: spent === 0 ? 0 : untilRefilled(claim, spent),
})
