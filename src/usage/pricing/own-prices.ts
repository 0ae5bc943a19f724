/** Prices from the configuration. They take precedence over published ones. */
import { createWildcard } from '#model'
import type { Rates } from './rates.ts'

export interface OwnPrice {
  /** The target, as `provider/model`. `*` matches any run of characters. */
  readonly target: string
  readonly rates: Rates
  /** Prices of calls whose input is longer. */
  readonly longContext?: { readonly above: number; readonly rates: Rates }
  /** Prices of answers that name a service tier. */
  readonly serviceTiers?: Readonly<Record<string, Rates>>
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
export const ratesOf = (
  { rates, longContext, serviceTiers = {} }: OwnPrice,
  inputTokens: number,
  serviceTier: string | undefined,
): Rates => {
  const special = serviceTier !== undefined && Object.hasOwn(serviceTiers, serviceTier)
  if (special) return serviceTiers[serviceTier] ?? rates
  return longContext && inputTokens > longContext.above ? longContext.rates : rates
}
