/** The contract of live state: what many calls take from limits, and messages between processes. */

/** One thing to take from a limit. `key` includes its hash tag: `{tag}rest`. The keys of one call are distinct. */
export type Claim = WindowClaim | BucketClaim | SlotClaim

/** At most `max` within `windowMs`. The window begins with the first claim. */
export interface WindowClaim {
  readonly kind: 'window'
  readonly key: string
  readonly windowMs: number
  readonly max: number
  readonly amount: number
}

/**
 * A bucket of `burst`, which refills by `perMinute`. An amount above `burst` passes when the bucket is full, and leaves
 * a debt: otherwise it would never pass.
 */
export interface BucketClaim {
  readonly kind: 'bucket'
  readonly key: string
  readonly perMinute: number
  readonly burst: number
  readonly amount: number
}

/** At most `max` leases at one time. A lease whose process is gone ends after `ttlMs`. */
export interface SlotClaim {
  readonly kind: 'slot'
  readonly key: string
  readonly max: number
  readonly lease: string
  readonly ttlMs: number
}

export interface ClaimState {
  readonly limit: number
  readonly remaining: number
  /** Until it is full, or the window ends. */
  readonly resetMs: number
}

export interface Verdict {
  readonly allowed: boolean
  /** In the order of the claims. */
  readonly states: readonly ClaimState[]
  /** Index of the first claim that was refused, and how long until it could pass. Nothing was taken. */
  readonly refused?: number
  readonly retryAfterMs?: number
  /** The store failed, and in-process limits of the same numbers answered. */
  readonly degraded?: boolean
}

/** What happens to calls while the store cannot be used. */
export type OnStoreFailure = 'allow' | 'refuse'

export interface LiveStore {
  /** Resolves when the store can be used, or when the start should wait no longer. Never rejects. */
  ready(): Promise<void>
  /**
   * All or nothing: all claims on one tag are one atomic step. In memory the answer is synchronous.
   *
   * @throws GatewayError `store_unavailable` if the store fails and may not be replaced.
   */
  take(claims: readonly Claim[]): Verdict | Promise<Verdict>
  /**
   * Corrects what a bucket claim took: positive takes more, even into debt; negative gives back. Never throws.
   *
   * @param taken the verdict with which it was taken: it is corrected in the same place.
   */
  correct(claim: Claim, amount: number, taken?: Pick<Verdict, 'degraded'>): void
  /** Ends slots. Until then the store renews them, every third of `ttlMs`. Never throws. */
  release(claims: readonly Claim[]): void
  /** At most once to every listener of every process, this one included. Never throws. */
  publish(channel: string, message: string): void
  /** @returns a function that ends the subscription. */
  subscribe(channel: string, listener: Listener): () => void
  /** Values that all processes share. Absent in memory, where there is no other process. */
  readonly values?: SharedValues
  readonly healthy: boolean
  close(): Promise<void>
}

/** Texts that are kept for a while, one character for each byte. */
export interface SharedValues {
  /** Undefined if there is none, or if the store cannot be asked in time. Never rejects. */
  recall(key: string): Promise<string | undefined>
  /**
   * Keeps a value for `ttlMs` at most. Resolves when it can be recalled, if it was kept at all, or when that takes too
   * long. Never rejects.
   */
  keep(key: string, value: string, ttlMs: number): Promise<void>
}

export type Listener = (message: string) => void

/** The part of a log that stores use. */
export interface StoreLog {
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
}

/** A slot may be released at any moment, so this is how long a refused caller waits before it asks again. */
export const SLOT_RETRY_MS = 1000
