import { describe, expect, it } from 'vitest'
import { PaceGuard } from '../../../src/gateway/attempts/pace-guard.ts'

/** A stream that is read at the given times, and how many characters it has brought by then. */
const watch = (
  reads: readonly (readonly [ms: number, characters: number, unfinished?: number])[],
) => {
  const guard = new PaceGuard({ characters: 100, windowMs: 1_000 })
  return reads.findIndex(([ms, characters, unfinished = 0]) =>
    guard.isTooSlow(characters, unfinished, ms),
  )
}

const steady = (everyMs: number, characters: number, reads = 100) =>
  Array.from({ length: reads }, (_, at) => [at * everyMs, (at + 1) * characters] as const)

describe('a stream', () => {
  it('is too slow if it brings less than the least in a window', () => {
    expect(watch(steady(100, 5))).toBeGreaterThan(0)
    expect(watch(steady(400, 4))).toBeGreaterThan(0)
  })

  it('is quick enough if it brings the least', () => {
    expect(watch(steady(100, 20))).toBe(-1)
    expect(watch(steady(10, 2, 1_000))).toBe(-1)
    expect(watch(steady(900, 2_000))).toBe(-1)
  })

  it('may think in silence, for as long as it likes, at the start and in the middle', () => {
    const thinking = [
      ...Array.from({ length: 50 }, (_, at) => [at * 1_000, 0] as const),
      ...steady(10, 5, 200).map(([ms, characters]) => [60_000 + ms, characters] as const),
      ...Array.from({ length: 50 }, (_, at) => [70_000 + at * 1_000, 1_000] as const),
      ...steady(10, 5, 200).map(([ms, characters]) => [200_000 + ms, 1_000 + characters] as const),
    ]
    expect(watch(thinking)).toBe(-1)
  })

  it('is too slow if it drips, however long its pauses are', () => {
    expect(watch(steady(5_000, 4, 10))).toBeGreaterThan(0)
  })

  it('is too slow if an event of it never becomes complete', () => {
    expect(watch(Array.from({ length: 60 }, (_, at) => [at * 100, 0, 1] as const))).toBeGreaterThan(
      0,
    )
  })

  it('is not too slow if one large event takes a while', () => {
    const large = Array.from({ length: 60 }, (_, at) => [at * 100, 0, 16_384] as const)
    expect(watch(large)).toBe(-1)
  })
})

it('the time for which a client does not read is not counted', () => {
  const guard = new PaceGuard({ characters: 100, windowMs: 1_000 })
  let characters = 0
  let now = 0
  const read = (more: number) => guard.isTooSlow((characters += more), 0, now)
  for (let at = 0; at < 20; at++) {
    now += 100
    expect(read(20)).toBe(false)
    guard.paused(now)
    guard.paused(now)
    now += 5_000
    // What was read before may still arrive.
    expect(read(1)).toBe(false)
    now += 5_000
    guard.resumed(now)
    guard.resumed(now)
  }
  const verdicts = Array.from({ length: 20 }, () => {
    now += 200
    return read(1)
  })
  expect(verdicts).toContain(true)
})
