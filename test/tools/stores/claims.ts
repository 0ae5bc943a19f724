/** Claims of a test, each on a key that no other test has. */
import { randomUUID } from 'node:crypto'
import type { BucketClaim, SlotClaim, WindowClaim } from '#stores'

export const newTag = (): string => `{${randomUUID()}}`

export const windowOf = (max: number, rest: Partial<WindowClaim> = {}): WindowClaim => ({
  kind: 'window',
  key: `${newTag()}window`,
  windowMs: 60_000,
  amount: 1,
  max,
  ...rest,
})

/** It refills too slowly to matter in a test. */
export const bucketOf = (burst: number, rest: Partial<BucketClaim> = {}): BucketClaim => ({
  kind: 'bucket',
  key: `${newTag()}bucket`,
  perMinute: 0.001,
  amount: 1,
  burst,
  ...rest,
})

export const slotOf = (max: number, rest: Partial<SlotClaim> = {}): SlotClaim => ({
  kind: 'slot',
  key: `${newTag()}slots`,
  lease: randomUUID(),
  ttlMs: 10_000,
  max,
  ...rest,
})

/** The same slots, for another holder. */
export const another = (claim: SlotClaim): SlotClaim => ({ ...claim, lease: randomUUID() })
