/** The cost of a usage at the prices of its model. The arithmetic is in whole numbers, so that sums have no dust. */
import type { Usage } from '#model'
import type { Rates } from './rates.ts'

/** A price for a million tokens in dollars is a price for one token in millionths of a dollar. */
const PER_MILLIONTH = 1e6
const PER_DOLLAR = 1e12

/** Nobody pays more for one call: a larger sum comes from absurd counts. */
const MAX_COST = 1e9

/** @returns null if the price of a kind of token that was used is unknown. */
export const costOf = (rates: Rates, usage: Usage): number | null => {
  let sum = Math.round((rates.call ?? 0) * PER_DOLLAR)
  for (const [tokens, rate] of [...chargeInput(rates, usage), ...chargeOutput(rates, usage)]) {
    if (tokens === 0) continue
    if (rate === undefined) return null
    sum += tokens * Math.round(rate * PER_MILLIONTH)
  }
  const cost = sum / PER_DOLLAR
  return cost < MAX_COST ? cost : null
}

type Charge = readonly [tokens: number, rate: number | undefined]

/** Every token is charged once, by the most special price that fits it. */
const chargeInput = (rates: Rates, usage: Usage): Charge[] => {
  const { cacheReadTokens: read, cacheWriteTokens: written } = usage
  const take = createShares(usage.inputTokens)
  const { input } = rates
  const audioRead = take(Math.min(usage.audioCacheReadTokens ?? 0, read))
  const imageRead = take(Math.min(usage.imageCacheReadTokens ?? 0, read - audioRead))
  const writtenFor1h = Math.min(usage.cacheWrite1hTokens ?? 0, written)
  return [
    [audioRead, rates.audioCacheRead ?? rates.cacheRead ?? rates.audioInput ?? input],
    [imageRead, rates.imageCacheRead ?? rates.cacheRead ?? rates.imageInput ?? input],
    [take(read - audioRead - imageRead), rates.cacheRead ?? input],
    [take(writtenFor1h), rates.cacheWrite1h ?? input],
    [take(written - writtenFor1h), rates.cacheWrite ?? input],
    [take((usage.audioInputTokens ?? 0) - audioRead), rates.audioInput ?? input],
    [take((usage.imageInputTokens ?? 0) - imageRead), rates.imageInput ?? input],
    [take(Infinity), input],
  ]
}

const chargeOutput = (rates: Rates, usage: Usage): Charge[] => {
  const take = createShares(usage.outputTokens)
  const { output } = rates
  return [
    [take(usage.audioOutputTokens), rates.audioOutput ?? output],
    [take(usage.imageOutputTokens), rates.imageOutput ?? output],
    [take(usage.reasoningTokens), rates.reasoning ?? output],
    [take(Infinity), output],
  ]
}

/** Divides a total. Parts that are reported larger than the total are cut, so that nothing is charged twice. */
const createShares = (total: number) => {
  let left = total
  return (wanted = 0): number => {
    const taken = Math.max(0, Math.min(wanted, left))
    left -= taken
    return taken
  }
}
