/** Keeps calls away from what fails, and lets one through from time to time to see whether it works again. */
import type { Clock } from './clock.ts'
import { createRecentCounts } from './recent-counts.ts'

export interface BreakerOptions {
  /** It opens after so many failures in a row. */
  readonly failures: number
  /** It opens if so large a part of the calls in a window fails. */
  readonly ratio: number
  readonly windowMs: number
  /** For how long it keeps calls away. The time doubles with each call that was let through and failed. */
  readonly restMs: number
}

export const DEFAULT_BREAKER: BreakerOptions = {
  failures: 5,
  ratio: 0.5,
  windowMs: 60_000,
  restMs: 10_000,
}

export type BreakerState = 'closed' | 'open' | 'half-open'

/** What an attempt holds from its start to its end. Results of attempts that began before a change do not count. */
export type Entry = number

export interface Breaker {
  readonly state: BreakerState
  /** Whether a call should be sent now. While it is half-open, one call at a time is. */
  permits(): boolean
  /** Begins an attempt, also one that is not permitted. */
  enter(): Entry
  /** @returns the entry of the rest of the attempt. */
  answered(entry: Entry): Entry
  failed(entry: Entry): void
  /** An answer broke off after it had begun. */
  broke(entry: Entry): void
  /** The attempt ended without showing anything. */
  withdrew(entry: Entry): void
  /** Opens it as another process has done. */
  openFor(ms: number): void
  close(): void
  /** Lets one call through now, not only when the rest is over. */
  endRest(): void
}

/** Fewer calls say nothing about their ratio. */
const LEAST_CALLS = 20

const LONGEST_BREAK_MS = 300_000

/** The entry of a call that was sent although it was not permitted. */
const UNASKED: Entry = -1

export const createBreaker = (
  options: BreakerOptions,
  now: Clock,
  onChange: (state: 'closed' | 'open') => void = () => undefined,
): Breaker => {
  const counts = createRecentCounts(options.windowMs, now)
  let state: 'closed' | 'open' | 'probing' = 'closed'
  let entry: Entry = 0
  let failedInRow = 0
  let { restMs } = options
  let openUntil = 0

  const change = (next: typeof state): void => {
    state = next
    entry++
  }

  const open = (): void => {
    openUntil = now() + restMs
    change('open')
  }

  const close = (): void => {
    failedInRow = 0
    counts.clear()
    ;({ restMs } = options)
    change('closed')
    onChange('closed')
  }

  const isDue = (): boolean => state === 'open' && now() >= openUntil

  const openIfIll = (): void => {
    const { calls } = counts
    const fails = calls >= LEAST_CALLS && counts.failures >= options.ratio * calls
    if (failedInRow < options.failures && !fails) return
    open()
    onChange('open')
  }

  return {
    get state() {
      if (state === 'closed') return 'closed'
      return state === 'probing' || isDue() ? 'half-open' : 'open'
    },
    permits: () => state === 'closed' || isDue(),
    enter() {
      if (state === 'closed') return entry
      if (!isDue()) return UNASKED
      change('probing')
      return entry
    },
    answered(entered) {
      const isUnasked = entered === UNASKED && state !== 'closed'
      if (isUnasked || (entered === entry && state === 'probing')) close()
      else if (entered !== entry) return entered
      failedInRow = 0
      counts.addCall()
      return entry
    },
    failed(entered) {
      if (entered !== entry) return
      if (state === 'probing') {
        restMs = Math.max(options.restMs, Math.min(restMs * 2, LONGEST_BREAK_MS))
        return open()
      }
      failedInRow++
      counts.addCall()
      counts.addFailure()
      openIfIll()
    },
    broke(entered) {
      if (entered !== entry) return
      failedInRow++
      counts.addFailure()
      openIfIll()
    },
    withdrew(entered) {
      // The next call is let through at once.
      if (entered === entry && state === 'probing') change('open')
    },
    openFor(ms) {
      if (state !== 'closed') return
      openUntil = now() + Math.min(ms, LONGEST_BREAK_MS)
      change('open')
      onChange('open')
    },
    close() {
      if (state !== 'closed') close()
    },
    endRest() {
      if (state === 'open') openUntil = Math.min(openUntil, now())
    },
  }
}
