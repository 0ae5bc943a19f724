/** Counts how long something takes. A note allocates nothing. */
import type { Gaps } from '#model'
import type { Labels, Sample } from '../families.ts'

export class Histogram implements Gaps {
  readonly #boundsMs: Float64Array
  /** The notes of each bucket, and the sum of all of them at the end. */
  readonly #counts: Float64Array

  /** @param boundsMs ascending. A last bucket has no bound. */
  constructor(boundsMs: readonly number[]) {
    this.#boundsMs = Float64Array.of(...boundsMs)
    this.#counts = new Float64Array(boundsMs.length + 2)
  }

  note(milliseconds: number): void {
    const bounds = this.#boundsMs
    const counts = this.#counts
    let at = 0
    while (at < bounds.length && milliseconds > (bounds[at] ?? 0)) at++
    counts[at] = (counts[at] ?? 0) + 1
    const sum = counts.length - 1
    counts[sum] = (counts[sum] ?? 0) + milliseconds
  }

  /** In seconds, as Prometheus has them. */
  toSamples(labels: Labels): readonly Sample[] {
    const samples: Sample[] = []
    let count = 0
    for (const [at, boundMs] of [...this.#boundsMs, Infinity].entries()) {
      count += this.#counts[at] ?? 0
      const le = toBound(boundMs / 1000)
      samples.push({ suffix: '_bucket', labels: { ...labels, le }, value: count })
    }
    const sum = (this.#counts.at(-1) ?? 0) / 1000
    return [
      ...samples,
      { suffix: '_sum', labels, value: sum },
      { suffix: '_count', labels, value: count },
    ]
  }
}

/** As OpenMetrics writes it: the label is a text, and must be the same in every format. */
export const toBound = (bound: number): string => {
  if (bound === Infinity) return '+Inf'
  return Number.isInteger(bound) ? `${bound}.0` : `${bound}`
}

/** From a short tool call to a long thought. */
export const FIRST_BYTE_BOUNDS = [
  10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000,
]

/** From a burst to a stream that hangs. */
export const GAP_BOUNDS = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
]

/** From a short request to one of megabytes that is translated. */
export const OVERHEAD_BOUNDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000]

/** Redis is waited for 100 ms at most. */
export const STORE_BOUNDS = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100]
