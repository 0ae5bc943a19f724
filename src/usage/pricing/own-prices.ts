/** Prices from the configuration. They take precedence over published ones. */
import type { Usage } from '#model'
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
