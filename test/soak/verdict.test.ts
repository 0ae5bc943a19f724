/** A leak is found as soon as it is larger than what grows by itself, and noise is no leak. */
import { describe, expect, it } from 'vitest'
import { createRandom } from '../fuzz/random.ts'
import { toLeakBytes } from './leaks.ts'
import { BOUNDS, judge, type Measure, type Rest } from './verdict.ts'

const NAMES = Object.keys(BOUNDS) as Measure[]
const MB = 1024 * 1024

type Change = (calls: number, at: number) => number

const STEADY: Readonly<Record<Measure, number>> = {
  heap: 40 * MB,
  outside: 5 * MB,
  resident: 200 * MB,
  sockets: 5,
  pipes: 0,
  files: 30,
  'other descriptors': 15,
  connections: 0,
  timers: 0,
  handles: 6,
  emitters: 60,
  threads: 13,
  'data folder': MB,
  'write-ahead log': 4 * MB,
}

/** Rests after every `every` calls, with what is added to some measures. */
const toRests = (
  rounds: number,
  every: number,
  changes: Partial<Record<Measure, Change>> = {},
): Rest[] =>
  Array.from({ length: rounds }, (_, at) => {
    const calls = (at + 1) * every
    const values = NAMES.map((name) => [name, STEADY[name] + (changes[name]?.(calls, at) ?? 0)])
    return { calls, values: Object.fromEntries(values) as Rest['values'] }
  })

const grown = (rests: readonly Rest[]): readonly Measure[] =>
  judge(rests).flatMap(({ measure, grows }) => (grows ? [measure] : []))

const LEAKS: readonly (readonly [Measure, string, Change])[] = [
  ['heap', '100 bytes a call', (calls) => 100 * calls],
  ['outside', '100 bytes a call', (calls) => 100 * calls],
  ['files', 'one in 1,000 calls', (calls) => calls / 1_000],
  ['sockets', 'one in 1,000 calls', (calls) => calls / 1_000],
  ['timers', 'one in 1,000 calls', (calls) => calls / 1_000],
  ['connections', 'one in 1,000 calls', (calls) => calls / 1_000],
]

describe('what grows', () => {
  it('is nothing where nothing does', () => {
    expect(grown(toRests(8, 1_000))).toEqual([])
    expect(grown(toRests(19, 10_000))).toEqual([])
  })

  it.each(LEAKS)('is %s with a leak of %s', (measure, _, leak) => {
    expect(grown(toRests(8, 1_000, { [measure]: leak }))).toEqual([measure])
    expect(grown(toRests(19, 10_000, { [measure]: leak }))).toEqual([measure])
  })

  it('is found under noise as well', () => {
    const random = createRandom('noise')
    const noise = () => random.below(150_000)
    expect(grown(toRests(19, 10_000, { heap: noise }))).toEqual([])
    expect(grown(toRests(19, 10_000, { heap: (calls) => noise() + 100 * calls }))).toEqual(['heap'])
  })

  it('is found after few calls if it is larger', () => {
    const random = createRandom('few')
    const leak = (calls: number) => random.below(400_000) + toLeakBytes(9_000) * calls
    expect(grown(toRests(7, 1_000, { heap: leak }))).toEqual(['heap'])
  })

  it('is not a single odd rest', () => {
    for (const odd of [0, 4, 7])
      expect(grown(toRests(8, 1_000, { heap: (_, at) => (at === odd ? 20 * MB : 0) }))).toEqual([])
  })

  it('is not the ledger, which has a row for each call', () => {
    expect(grown(toRests(19, 10_000, { 'data folder': (calls) => 500 * calls }))).toEqual([])
    expect(grown(toRests(19, 10_000, { 'data folder': (calls) => 5_000 * calls }))).toEqual([
      'data folder',
    ])
  })
})
