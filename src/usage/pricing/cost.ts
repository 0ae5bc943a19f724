/** The cost of a usage at the prices of its model. The arithmetic is in whole numbers, so that sums have no dust. */
import { PICODOLLARS, type Usage } from '#model'
import type { Rates } from './rates.ts'

/** A price for a million tokens in dollars is a price for one token in millionths of a dollar. */
const PER_MILLIONTH = 1e6

/** A thousandth of a dollar has as many picodollars. */
const PER_THOUSANDTH = 1e9

/** Nobody pays more for one call: a larger sum comes from absurd counts. Thousands of these add up in an integer. */
const MAX_COST = 1000

/** @returns null if the price of a kind of token that was used is unknown. */
export const costOf = (rates: Rates, usage: Usage): number | null => {
  let sum = Math.round((rates.call ?? 0) * PICODOLLARS)
  sum += feeOf(usage.webSearches, rates.webSearch, usage)
  sum += feeOf(usage.fileSearches, rates.fileSearch, usage)
  const charge: Charge = (tokens, rate = Number.NaN) => {
    if (tokens !== 0) sum += tokens * Math.round(rate * PER_MILLIONTH)
  }
  chargeInput(charge, rates, usage)
  chargeOutput(charge, rates, usage)
  const cost = sum / PICODOLLARS
  return cost < MAX_COST ? cost : null
}

/** In a cost that is an estimate anyway, an unknown fee is left out. */
const feeOf = (count = 0, rate: number | undefined, { estimated }: Usage): number => {
  if (count === 0 || (rate === undefined && estimated)) return 0
  return count * Math.round((rate ?? Number.NaN) * PER_THOUSANDTH)
}

type Charge = (tokens: number, rate: number | undefined) => void

/** Every token is charged once, by the most special price that fits it. */
const chargeInput = (charge: Charge, rates: Rates, usage: Usage): void => {
  const { cacheReadTokens: read, cacheWriteTokens: written } = usage
  const take = createShares(usage.inputTokens)
  const { input } = rates
  const audioRead = take(Math.min(usage.audioCacheReadTokens ?? 0, read))
  const imageRead = take(Math.min(usage.imageCacheReadTokens ?? 0, read - audioRead))
  const writtenFor1h = Math.min(usage.cacheWrite1hTokens ?? 0, written)
  charge(audioRead, rates.audioCacheRead ?? rates.cacheRead ?? rates.audioInput ?? input)
  charge(imageRead, rates.imageCacheRead ?? rates.cacheRead ?? rates.imageInput ?? input)
  charge(take(read - audioRead - imageRead), rates.cacheRead ?? input)
  charge(take(writtenFor1h), rates.cacheWrite1h ?? input)
  charge(take(written - writtenFor1h), rates.cacheWrite ?? input)
  charge(take((usage.audioInputTokens ?? 0) - audioRead), rates.audioInput ?? input)
  charge(take((usage.imageInputTokens ?? 0) - imageRead), rates.imageInput ?? input)
  charge(take(Infinity), input)
}

const chargeOutput = (charge: Charge, rates: Rates, usage: Usage): void => {
  const take = createShares(usage.outputTokens)
  const { output } = rates
  charge(take(usage.audioOutputTokens), rates.audioOutput ?? output)
  charge(take(usage.imageOutputTokens), rates.imageOutput ?? output)
  charge(take(usage.reasoningTokens), rates.reasoning ?? output)
  charge(take(Infinity), output)
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
