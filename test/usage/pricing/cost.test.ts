/** The arithmetic of costs: every token is charged once, and sums are exact. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NO_USAGE, toDecimal, type Usage } from '#model'
import { costOf } from '../../../src/usage/pricing/cost.ts'
import type { Rates } from '../../../src/usage/pricing/rates.ts'

const used = (usage: Partial<Usage>): Usage => ({ ...NO_USAGE, ...usage })

/** Each price is a digit of its own, so that a sum shows what was charged how often. */
const RATES: Rates = {
  input: 1,
  cacheRead: 20,
  cacheWrite: 300,
  cacheWrite1h: 4000,
  audioInput: 50_000,
  audioCacheRead: 600_000,
  output: 1,
  reasoning: 20,
  audioOutput: 300,
  imageOutput: 4000,
}

describe('a cost', () => {
  it.each<[string, Partial<Usage>, number]>([
    ['plain tokens', { inputTokens: 7, outputTokens: 2 }, 9],
    ['input from a cache', { inputTokens: 7, cacheReadTokens: 3 }, 64],
    ['input that is kept for minutes', { inputTokens: 7, cacheWriteTokens: 3 }, 904],
    [
      'input that is kept for minutes and for an hour',
      { inputTokens: 7, cacheWriteTokens: 3, cacheWrite1hTokens: 1 },
      4604,
    ],
    ['sound', { inputTokens: 7, audioInputTokens: 3 }, 150_004],
    [
      'sound of which some was cached',
      { inputTokens: 7, cacheReadTokens: 3, audioInputTokens: 3, audioCacheReadTokens: 2 },
      1_250_000 + 20 + 3,
    ],
    ['thoughts', { outputTokens: 7, reasoningTokens: 3 }, 64],
    [
      'thoughts, sound and images',
      { outputTokens: 7, reasoningTokens: 1, audioOutputTokens: 2, imageOutputTokens: 3 },
      12_621,
    ],
  ])('charges %s once', (_, usage, millionths) => {
    expect(costOf(RATES, used(usage))).toBe(millionths / 1e6)
  })

  it('charges what has no price of its own at the price of the input or the output', () => {
    const usage = used({
      inputTokens: 100,
      cacheReadTokens: 20,
      cacheWriteTokens: 30,
      cacheWrite1hTokens: 10,
      audioInputTokens: 5,
      outputTokens: 50,
      reasoningTokens: 20,
      audioOutputTokens: 10,
    })
    expect(costOf({ input: 2, output: 3 }, usage)).toBe((100 * 2 + 50 * 3) / 1e6)
  })

  it('is unknown if a kind of token that was used has no price', () => {
    expect(costOf({ input: 2 }, used({ inputTokens: 10 }))).toBe(0.00002)
    expect(costOf({ input: 2 }, used({ inputTokens: 10, outputTokens: 1 }))).toBeNull()
    expect(costOf({}, used({ inputTokens: 10 }))).toBeNull()
  })

  it('charges no more tokens than there are, if parts are reported larger than their total', () => {
    const usage = used({ inputTokens: 10, cacheReadTokens: 90, audioInputTokens: 90 })
    expect(costOf({ input: 1, cacheRead: 1, audioInput: 1 }, usage)).toBe(0.00001)
  })

  it('includes a price for each call', () => {
    expect(costOf({ input: 1, call: 0.005 }, used({ inputTokens: 1000 }))).toBe(0.006)
  })

  it('includes a fee for each search', () => {
    const usage = used({ inputTokens: 1000, webSearches: 3, fileSearches: 1 })
    expect(costOf({ input: 1, webSearch: 10, fileSearch: 2.5 }, usage)).toBe(0.0335)
    expect(costOf({ input: 1 }, usage)).toBeNull()
    expect(costOf({ input: 1 }, { ...usage, estimated: true })).toBe(0.001)
  })

  it('is unknown if it is larger than any bill', () => {
    expect(costOf({ input: 100 }, used({ inputTokens: 9_000_000 }))).toBe(900)
    expect(costOf({ input: 100 }, used({ inputTokens: 10_000_000 }))).toBeNull()
  })

  it('is unknown if the counts are absurd', () => {
    for (const inputTokens of [Infinity, Number.NaN, 1e300])
      expect(costOf({ input: 1 }, used({ inputTokens }))).toBeNull()
  })

  it('has no dust, whatever is added up', () => {
    // In floating point, 3 * 0.1 is 0.30000000000000004.
    expect(costOf({ input: 0.1 }, used({ inputTokens: 3 }))).toBe(0.0000003)
    const price = fc.integer({ min: 0, max: 100_000_000 }).map((millionths) => millionths / 1e6)
    fc.assert(
      fc.property(price, price, fc.nat(1_000_000), fc.nat(100_000), (input, output, i, o) => {
        const cost = costOf({ input, output }, used({ inputTokens: i, outputTokens: o })) ?? -1
        const exact =
          BigInt(Math.round(input * 1e6)) * BigInt(i) + BigInt(Math.round(output * 1e6)) * BigInt(o)
        expect(toPico(toDecimal(cost))).toBe(exact)
      }),
    )
  })
})

const toPico = (decimal: string): bigint => {
  const [whole = '', fraction = ''] = decimal.split('.')
  return BigInt(whole + fraction.padEnd(12, '0'))
}

describe('a decimal', () => {
  it.each([
    [0, '0'],
    [1e-12, '0.000000000001'],
    [0.0000075, '0.0000075'],
    [0.1, '0.1'],
    [1, '1'],
    [100, '100'],
    [1234.5, '1234.5'],
  ])('of %d is %s', (cost, decimal) => {
    expect(toDecimal(cost)).toBe(decimal)
  })
})
