/** Time and memory grow with input, and not with its square, wherever bytes of others are read, searched or written. */
import { describe, expect, it } from 'vitest'
import { growthOf, type Measured, MOST_GROWTH } from '../tools/growth/measure.ts'
import { EVERYTHING } from '../tools/growth/everything.ts'

const expectLinear = async (_what: string, size: number, work: Measured[2]): Promise<void> => {
  const { time, memory } = await growthOf(work, size)
  expect({ time, memory }).toEqual({
    time: expect.toSatisfy((growth: number) => growth < MOST_GROWTH),
    memory: expect.toSatisfy((growth: number) => growth < MOST_GROWTH),
  })
}

describe.each(EVERYTHING)('%s', (_, works) => {
  it.each(works)('grows no faster than its input: %s', expectLinear)
})
