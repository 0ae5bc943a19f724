/** How the time of a piece of work grows with its input. */

/** Prepares the work for an input of this size; only what is returned is measured. */
export type Work = (size: number) => () => void

/** Linear work takes four times as long for four times the input, quadratic work sixteen times. */
const MOST_GROWTH = 8
/** What takes less says nothing: a collection of garbage takes as long. */
const LEAST_MS = 8
const ATTEMPTS = 8

const timeOf = (work: Work, size: number): number => {
  const run = work(size)
  const before = performance.now()
  run()
  return performance.now() - before
}

/** The best of some attempts, taken in turns so that a busy moment of the machine meets all sizes. */
export const growthOf = (work: Work, size: number): number => {
  const best = [Infinity, Infinity, Infinity] as [number, number, number]
  let growth = Infinity
  for (let attempt = 0; attempt < ATTEMPTS && growth >= MOST_GROWTH; attempt++) {
    for (const index of [0, 1, 2] as const)
      best[index] = Math.min(best[index], timeOf(work, size * 2 ** index))
    const [one, two, four] = best.map((ms) => Math.max(ms, LEAST_MS)) as [number, number, number]
    // What is quadratic is so in both steps.
    growth = Math.min(four / one, (four / two) ** 2)
  }
  return growth
}

export { MOST_GROWTH }
