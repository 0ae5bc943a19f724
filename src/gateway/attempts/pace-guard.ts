/** Notices a stream that is written too slowly. It costs a few additions for every read, and allocates nothing. */
import { GatewayError } from '#model'
import type { Pace } from '#providers'

/** Not an integer, so that V8 keeps the times of every stream as doubles and writes them in place. */
const NEVER = -0.5

/**
 * A model may think in silence, and then writes at its usual pace. So the longest silence of a window is left out of it:
 * what remains is the time in which the answer was written.
 */
export class PaceGuard {
  readonly #least: number
  readonly #windowMs: number
  #startedAt = NEVER
  #lastAt = NEVER
  #longestMs = 0.5
  #gained = 0
  #characters = 0
  #pausedAt = NEVER

  constructor({ characters, windowMs }: Pace) {
    this.#least = characters
    this.#windowMs = windowMs
  }

  /**
   * Called for every read.
   *
   * @param characters of the answer so far.
   * @param unfinished the bytes of this read, if they belong to an event that is not complete yet.
   */
  isTooSlow(characters: number, unfinished: number, now: number): boolean {
    const gained = characters - this.#characters + unfinished
    this.#characters = characters
    // A comment or a ping is no part of the answer.
    if (gained <= 0) return false
    const at = this.#pausedAt > NEVER ? this.#pausedAt : now
    if (this.#startedAt === NEVER) {
      this.#begin(at)
      return false
    }
    this.#gained += gained
    this.#longestMs = Math.max(this.#longestMs, at - this.#lastAt)
    this.#lastAt = at
    if (at - this.#startedAt - this.#longestMs < this.#windowMs) return false
    const isSlow = this.#gained < this.#least
    this.#begin(at)
    return isSlow
  }

  /** The client does not read: until it does, the upstream is not to blame. */
  paused(now: number): void {
    if (this.#pausedAt === NEVER) this.#pausedAt = now
  }

  resumed(now: number): void {
    if (this.#pausedAt === NEVER) return
    const pausedMs = now - this.#pausedAt
    this.#pausedAt = NEVER
    if (this.#startedAt === NEVER) return
    this.#startedAt += pausedMs
    this.#lastAt += pausedMs
  }

  #begin(at: number): void {
    this.#startedAt = this.#lastAt = at
    this.#longestMs = 0.5
    this.#gained = 0
  }
}

export const createPaceGuard = (pace: Pace | undefined): PaceGuard | undefined =>
  pace && new PaceGuard(pace)

export const tooSlow = (): GatewayError =>
  new GatewayError('upstream_timeout', 'The upstream wrote its answer too slowly.')
