/** How the time and the memory of a piece of work grow with its input. */
import { startCounting } from './allocated.ts'

/** Prepares the work for an input of this size; only what is returned is measured. */
export type Work = (size: number) => () => void | Promise<void>

/** What it does, how large its smallest input is, and the work. */
export type Measured = readonly [what: string, size: number, work: Work]

/** Linear work takes four times as long for four times the input, quadratic work sixteen times. */
export const MOST_GROWTH = 8
/** What takes less says nothing: a collection of garbage takes as long. */
const LEAST_MS = 8
/** Nor does this: compiling takes as much. */
const LEAST_BYTES = 1_000_000
const ATTEMPTS = 8

interface Cost {
  readonly ms: number
  readonly bytes: number
}

/** Of this thread alone: what else the machine does is not counted. */
const busyMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

const costOf = async (work: Work, size: number): Promise<Cost> => {
  const run = work(size)
  const stopCounting = startCounting()
  const before = busyMs()
  const running = run()
  // What is not asynchronous waits for no other turn.
  if (running) await running
  const ms = busyMs() - before
  return { ms, bytes: stopCounting() }
}

/** What is quadratic is so in both steps. */
const growthIn = (costs: readonly number[], least: number): number => {
  const [one, two, four] = costs.map((cost) => Math.max(cost, least)) as [number, number, number]
  return Math.min(four / one, (four / two) ** 2)
}

/** The best of some attempts, taken in turns so that a busy moment of the machine meets all sizes. */
export const growthOf = async (
  work: Work,
  size: number,
): Promise<{ time: number; memory: number }> => {
  const best: Cost[] = [1, 2, 4].map(() => ({ ms: Infinity, bytes: Infinity }))
  const growth = { time: Infinity, memory: Infinity }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (const [index, known] of best.entries()) {
      const { ms, bytes } = await costOf(work, size * 2 ** index)
      best[index] = { ms: Math.min(known.ms, ms), bytes: Math.min(known.bytes, bytes) }
    }
    growth.time = Math.min(
      growth.time,
      growthIn(
        best.map(({ ms }) => ms),
        LEAST_MS,
      ),
    )
    growth.memory = Math.min(
      growth.memory,
      growthIn(
        best.map(({ bytes }) => bytes),
        LEAST_BYTES,
      ),
    )
    if (growth.time < MOST_GROWTH && growth.memory < MOST_GROWTH) break
  }
  return growth
}
