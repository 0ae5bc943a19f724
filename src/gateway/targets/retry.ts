/** Decides whether, where and when a failed call is tried again. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Departure, GatewayError } from '#model'

export interface RetryOptions {
  /** How often a call is retried at the same target. */
  readonly retries: number
  readonly baseMs: number
}

export const DEFAULT_RETRY: RetryOptions = { retries: 2, baseMs: 250 }

/** Whether to wait longer than this is for the client to decide. */
const MAX_RETRY_AFTER_MS = 5_000

export type NextTry = 'give up' | 'next target' | { readonly afterMs: number }

/**
 * Another target is better than a wait. If none is left, we wait out failures that may pass, but not a 429: the client
 * knows better how long it wants to wait.
 */
export const nextTry = (
  error: GatewayError,
  state: { readonly targetsLeft: number; readonly retried: number },
  { retries, baseMs }: RetryOptions,
  random: () => number = Math.random,
): NextTry => {
  if (error.curable && state.targetsLeft > 0) return 'next target'
  if (!error.retryable || error.code === 'upstream_rate_limited' || state.retried >= retries)
    return 'give up'
  if (error.retryAfterMs === undefined) return { afterMs: random() * baseMs * 2 ** state.retried }
  return error.retryAfterMs > MAX_RETRY_AFTER_MS ? 'give up' : { afterMs: error.retryAfterMs }
}

/** Rejects when the client leaves. */
export const wait = async (milliseconds: number, departure: Departure): Promise<void> => {
  await sleep(milliseconds, undefined, { signal: departure.toAbortSignal() })
}
