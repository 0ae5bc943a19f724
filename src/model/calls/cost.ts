/** What a call cost, in US dollars. */
import type { Usage } from '../usage.ts'
import type { SettledTarget } from './settlement.ts'

/** Null if no price is known. Must not throw. @param atMs when the tokens were used, in Unix time. */
export type Pricer = (target: SettledTarget, usage: Usage, atMs: number) => number | null

/** A cost is a whole number of picodollars: millionths of a millionth of a dollar. Sums of these are exact. */
export const PICODOLLARS = 1e12
const DECIMALS = 12

/** Null if either is unknown. */
export const addCosts = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? null : Math.round((one + other) * PICODOLLARS) / PICODOLLARS

/** The cost as a plain decimal, without an exponent: `0.0000075`. */
export const toDecimal = (cost: number): string => {
  const digits = cost.toFixed(DECIMALS)
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, digits[end - 1] === '.' ? end - 1 : end)
}
