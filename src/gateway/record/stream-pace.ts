/** Measures the gaps between the pieces of a stream. Both methods cost next to nothing: one is called for every read. */
import type { Gaps } from '#model'

/** Not an integer, so that V8 keeps the time of every stream as a double and writes it in place. */
const NEVER = -0.5

export class StreamPace {
  readonly #gaps: Gaps
  #pieceAt = NEVER

  constructor(gaps: Gaps) {
    this.#gaps = gaps
  }

  /** A piece has arrived. */
  progressed(now: number): void {
    if (this.#pieceAt > NEVER) this.#gaps.note(now - this.#pieceAt)
    this.#pieceAt = now
  }

  /** The client reads again: the time for which it made the upstream wait is no gap. */
  resumed(): void {
    this.#pieceAt = NEVER
  }
}
