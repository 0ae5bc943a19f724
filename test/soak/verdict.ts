/** Compares what is left at each rest, and says what grows with the calls. */

/** What is measured between two rounds, when nothing is in progress. */
export interface Rest {
  /** Made so far. */
  readonly calls: number
  readonly values: Readonly<Record<Measure, number>>
}

interface Bound {
  /** For what is compiled, cached or joined once in a while, whatever the number of calls. */
  readonly slack: number
  readonly perCall: number
  readonly isBytes?: boolean
}

const KB = 1024
const MB = 1024 * KB

export const BOUNDS = {
  heap: { slack: 400 * KB, perCall: 20, isBytes: true },
  outside: { slack: 400 * KB, perCall: 20, isBytes: true },
  resident: { slack: 32 * MB, perCall: 50, isBytes: true },
  sockets: { slack: 2, perCall: 0 },
  pipes: { slack: 2, perCall: 0 },
  files: { slack: 2, perCall: 0 },
  'other descriptors': { slack: 2, perCall: 0 },
  connections: { slack: 2, perCall: 0 },
  timers: { slack: 2, perCall: 0 },
  handles: { slack: 2, perCall: 0 },
  emitters: { slack: 6, perCall: 0 },
  threads: { slack: 1, perCall: 0 },
  'data folder': { slack: MB, perCall: 1_000, isBytes: true },
  'write-ahead log': { slack: 8 * MB, perCall: 0, isBytes: true },
} as const satisfies Readonly<Record<string, Bound>>

export type Measure = keyof typeof BOUNDS

export interface Finding {
  readonly measure: Measure
  /** From the first of the rests to the last, along the slope. */
  readonly growth: number
  readonly allowed: number
  readonly perCall: number
  readonly grows: boolean
}

/** The median of the slopes between any two rests: a single odd one changes nothing. */
const slopeOf = (points: readonly (readonly [calls: number, value: number])[]): number => {
  const slopes: number[] = []
  for (const [at, [calls, value]] of points.entries())
    for (const [laterCalls, laterValue] of points.slice(at + 1))
      slopes.push((laterValue - value) / (laterCalls - calls))
  const sorted = slopes.toSorted((one, other) => one - other)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2
}

const NAMES = Object.keys(BOUNDS) as Measure[]

/** @param rests without those of the beginning, when much is loaded for the first time. */
export const judge = (rests: readonly Rest[]): readonly Finding[] => {
  const span = (rests.at(-1)?.calls ?? 0) - (rests[0]?.calls ?? 0)
  return NAMES.map((measure) => {
    const { slack, perCall }: Bound = BOUNDS[measure]
    const slope = slopeOf(rests.map(({ calls, values }) => [calls, values[measure]]))
    const growth = slope * span
    const allowed = slack + perCall * span
    return { measure, growth, allowed, perCall: slope, grows: growth > allowed }
  })
}
