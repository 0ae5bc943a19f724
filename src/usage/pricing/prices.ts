/** The price of a call: from the configuration, or as its vendor publishes it. */
import type { Pricer, SettledTarget, Usage } from '#model'
import { CATALOGUE_RELEASE, loadPriceCatalogue, type PriceCatalogue } from './catalogue.ts'
import { costOf } from './cost.ts'
import { createOwnPrices, type OwnPrice, ratesOf } from './own-prices.ts'
import { FREE, priceListOf } from './price-lists.ts'
import type { Rate, Rates } from './rates.ts'
import { tierFactor } from './service-tiers.ts'

export interface PriceOptions {
  /** From the configuration, in its order. */
  readonly own: readonly OwnPrice[]
  /** The vendor of each provider, by the provider's name. A provider that is not here has the name of its vendor. */
  readonly vendors: ReadonlyMap<string, string>
  /** False: the published prices are not used. */
  readonly published?: boolean
}

export interface Prices {
  readonly price: Pricer
  /** The date of the published prices, if any provider has them. */
  readonly date: string | undefined
  /** Loads the published prices. If it is not called, the first call that needs them does so, and waits for them. */
  load(): void
}

export const createPrices = ({ own, vendors, published = true }: PriceOptions): Prices => {
  const findOwn = createOwnPrices(own)
  const listOf = (provider: string) => priceListOf(vendors.get(provider) ?? provider)
  const arePublished =
    published && [...vendors.values()].map(priceListOf).some((list) => list && list !== FREE)
  let catalogue: PriceCatalogue | undefined

  const findPublished = (
    list: string,
    { model }: SettledTarget,
    { inputTokens, serviceTier }: Usage,
    atMs: number,
  ): Rates | undefined => {
    if (!arePublished) return undefined
    catalogue ??= loadPriceCatalogue()
    const rates = catalogue.find(list, model, atMs, inputTokens)
    if (!rates || serviceTier === undefined) return rates
    const factor = tierFactor(list, model, serviceTier)
    return factor === undefined ? undefined : multiply(rates, factor)
  }

  return {
    price(target, usage, atMs) {
      const mine = findOwn(`${target.provider}/${target.model}`)
      if (mine) return costOf(ratesOf(mine, usage.inputTokens, usage.serviceTier), usage)
      const list = listOf(target.provider)
      if (list === undefined) return null
      if (list === FREE) return 0
      const rates = findPublished(list, target, usage, atMs)
      return rates ? costOf(rates, usage) : null
    },
    date: arePublished ? CATALOGUE_RELEASE.date : undefined,
    load() {
      if (arePublished) catalogue ??= loadPriceCatalogue()
    },
  }
}

const multiply = (rates: Rates, factor: number): Rates => {
  const multiplied: { -readonly [rate in Rate]?: number } = {}
  for (const [rate, price] of Object.entries(rates)) multiplied[rate as Rate] = price * factor
  return multiplied
}
