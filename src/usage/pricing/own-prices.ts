/** Prices from the configuration. They take precedence over published ones. */
import { createWildcard, type Usage } from '#model'
import type { Fee, Rates } from './rates.ts'

export interface OwnPrice {
  /** The target, as `provider/model`. `*` matches any run of characters. */
  readonly target: string
  readonly rates: Rates
  /** Prices of calls whose input is longer. */
  readonly longContext?: { readonly above: number; readonly rates: Rates }
  /** Prices of answers that name a service tier. */
  readonly serviceTiers?: Readonly<Record<string, Rates>>
  /** They apply to long contexts and to all tiers. */
  readonly fees?: Pick<Rates, Fee>
}

export type OwnPrices = (target: string) => OwnPrice | undefined

/** An exact name takes precedence over patterns, which are tried in their order. */
export const createOwnPrices = (prices: readonly OwnPrice[]): OwnPrices => {
  const exact = new Map(prices.map((price) => [price.target, price]))
  const patterns = prices
    .filter(({ target }) => target.includes('*'))
    .map((price) => ({ price, matches: createWildcard(price.target) }))
  return (target) => exact.get(target) ?? patterns.find(({ matches }) => matches(target))?.price
}

/** The price that applies to a call. */
export const ratesOf = (price: OwnPrice, usage: Usage): Rates => {
  const rates = tokenRatesOf(price, usage)
  return price.fees ? { ...rates, ...price.fees } : rates
}

const tokenRatesOf = (
  { rates, longContext, serviceTiers = {} }: OwnPrice,
  { inputTokens, longestInputTokens = inputTokens, serviceTier }: Usage,
): Rates => {
  const special = serviceTier !== undefined && Object.hasOwn(serviceTiers, serviceTier)
  if (special) return serviceTiers[serviceTier] ?? rates
  return longContext && longestInputTokens > longContext.above ? longContext.rates : rates
}
