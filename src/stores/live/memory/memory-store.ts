/** Live state in this process: exact, synchronous, and without idle keys. */
import { asOwn, createChannels } from '../channels.ts'
import type { Claim, LiveStore, SlotClaim, Verdict } from '../live-store.ts'
import { createBuckets } from './buckets.ts'
import type { Meter } from './meter.ts'
import { createSlots } from './slots.ts'
import { createWindows } from './windows.ts'

export interface MemoryStoreOptions {
  /** In whole milliseconds, as Redis counts them. It must not go back. */
  readonly now?: () => number
}

export interface MemoryStore extends LiveStore {
  take(claims: readonly Claim[]): Verdict
  /** Counts a slot that was taken elsewhere, even if there is no room for it. */
  hold(claim: SlotClaim): void
  /** Gives back all that claims took at that time. */
  giveBack(claims: readonly Claim[], taken: Verdict, atMs: number): void
  /** Keys that are not idle, and those that were not found to be idle yet. */
  readonly size: number
}

export const createMemoryStore = ({
  // With fractions, a window of 60,000 ms that has just begun would have 60,000.000000007 ms left, and so 61 s.
  now = () => Math.floor(performance.now()),
}: MemoryStoreOptions = {}): MemoryStore => {
  const windows = createWindows(now)
  const buckets = createBuckets(now)
  const slots = createSlots()
  const channels = createChannels()

  const meters: Readonly<Record<Claim['kind'], Meter<Claim>>> = {
    window: windows,
    bucket: buckets,
    slot: slots,
  }
  const meterOf = ({ kind }: Claim): Meter<Claim> => meters[kind]

  return {
    ready: () => Promise.resolve(),
    take(claims) {
      const at = now()
      const refused = claims.findIndex((claim) => !meterOf(claim).fits(claim, at))
      const first = claims[refused]
      return first
        ? {
            allowed: false,
            states: claims.map((claim) => meterOf(claim).look(claim, at)),
            refused,
            retryAfterMs: meterOf(first).retryAfterMs(first, at),
          }
        : { allowed: true, states: claims.map((claim) => meterOf(claim).take(claim, at)) }
    },
    correct(claim, amount) {
      if (claim.kind === 'bucket') buckets.correct(claim, amount, now())
    },
    release(claims) {
      for (const claim of claims) if (claim.kind === 'slot') slots.release(claim)
    },
    hold: slots.hold,
    giveBack(claims, { states }, atMs) {
      for (const [at, claim] of claims.entries()) {
        if (claim.kind === 'slot') slots.release(claim)
        else if (claim.kind === 'bucket') buckets.correct(claim, -claim.amount, now())
        else windows.giveBack(claim, atMs + (states[at]?.resetMs ?? 0))
      }
    },
    publish: channels.deliver,
    subscribe(channel, listener) {
      const own = asOwn(listener)
      channels.add(channel, own)
      return () => void channels.remove(channel, own)
    },
    healthy: true,
    close: () => Promise.resolve(),
    get size() {
      return windows.size + buckets.size + slots.size
    },
  }
}
