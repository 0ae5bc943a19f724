/** Buckets: what was spent refills over time. The script in `redis/scripts.ts` computes the same. */
import type { BucketClaim, ClaimState } from '../live-store.ts'
import { createKeptKeys } from './kept-keys.ts'
import { type Look, remainingOf } from './look.ts'

interface Bucket {
  /** More than the bucket holds is a debt. */
  readonly spent: number
  readonly atMs: number
  readonly perMs: number
}

const MINUTE = 60_000

/** In milliseconds: a bucket may refill at no rate at all. */
const FOREVER = 1e12

/** Fractions of a token are computed in floating point: this is what they may be off by. */
const SLACK = 1e-9
const SLACK_MS = 1e-6

export const createBuckets = (now: () => number) => {
  const spentAt = ({ spent, atMs, perMs }: Bucket, at: number): number =>
    Math.max(0, spent - Math.max(0, at - atMs) * perMs)
  const buckets = createKeptKeys<Bucket>((bucket) => spentAt(bucket, now()) === 0)

  const currentSpent = ({ key, perMinute }: BucketClaim, at: number): number => {
    const bucket = buckets.get(key)
    return bucket ? spentAt({ ...bucket, perMs: perMinute / MINUTE }, at) : 0
  }

  const spend = ({ key, perMinute }: BucketClaim, spent: number, atMs: number): void => {
    if (spent <= 0) buckets.delete(key)
    else buckets.set(key, { spent, atMs, perMs: perMinute / MINUTE })
  }

  return {
    look(claim: BucketClaim, at: number): Look {
      const { perMinute, burst, amount } = claim
      const spent = currentSpent(claim, at)
      const untilRefilled = (tokens: number): number =>
        Math.min(FOREVER, Math.max(1, Math.ceil((tokens * MINUTE) / perMinute - SLACK_MS)))
      const toState = (used: number): ClaimState => ({
        limit: burst,
        remaining: remainingOf(burst - used + SLACK),
        resetMs: used === 0 ? 0 : untilRefilled(used),
      })
      const excess = spent + Math.min(amount, burst) - burst
      return {
        fits: burst > 0 && excess <= SLACK,
        state: toState(spent),
        retryAfterMs: burst > 0 ? untilRefilled(excess) : MINUTE,
        take() {
          spend(claim, spent + amount, at)
          return toState(spent + amount)
        },
      }
    },
    correct(claim: BucketClaim, amount: number, at: number): void {
      spend(claim, currentSpent(claim, at) + amount, at)
    },
    get size() {
      return buckets.size
    },
  }
}
