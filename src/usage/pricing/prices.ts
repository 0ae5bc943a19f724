/** The price of a call: from the configuration, or as its vendor publishes it. */
import {
  createTargetPatterns,
  PICODOLLARS,
  type Pricer,
  type SettledTarget,
  type Usage,
} from '#model'
import { CATALOGUE_RELEASE, loadPriceCatalogue, type PriceCatalogue } from './catalogue.ts'
import { costOf } from './cost.ts'
import { type OwnPrice, ratesOf } from './own-prices.ts'
import { FREE, priceListOf, reportsCost } from './price-lists.ts'
import { FEES, type Rate, type Rates } from './rates.ts'
import { placeFactor, tierFactor } from './service-tiers.ts'

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
  /** How many tokens of input a model takes, as published beside its prices. */
  readonly contextOf: (target: SettledTarget) => number | undefined
  /** The date of the published prices, if any provider has them. */
  readonly date: string | undefined
  /** Loads the published prices. If it is not called, the first call that needs them does so, and waits for them. */
  load(): void
}

export const createPrices = (options: PriceOptions): Prices => {
  const { own, vendors } = options
  const findOwn = createTargetPatterns(own)
  const listOf = (provider: string) => priceListOf(vendors.get(provider) ?? provider)
  const arePublished =
    options.published !== false &&
    [...vendors.values()].map(priceListOf).some((list) => list && list !== FREE)
  let catalogue: PriceCatalogue | undefined
  const published = (): PriceCatalogue | undefined =>
    arePublished ? (catalogue ??= loadPriceCatalogue()) : undefined

  const findPublished = (
    list: string,
    { model }: SettledTarget,
    { inputTokens, longestInputTokens = inputTokens, serviceTier, inferenceGeo }: Usage,
    atMs: number,
  ): Rates | undefined => {
    const rates = published()?.find(list, model, atMs, longestInputTokens)
    if (!rates || (serviceTier === undefined && inferenceGeo === undefined)) return rates
    const ofTier = tierFactor(list, model, serviceTier)
    const ofPlace = placeFactor(list, inferenceGeo)
    return ofTier && ofPlace ? multiply(rates, ofTier * ofPlace) : undefined
  }

  /** Searches that the entry has no fee for have the published one. */
  const withFees = (rates: Rates, { provider, model }: SettledTarget, atMs: number): Rates => {
    const list = listOf(provider)
    const found = list === undefined ? undefined : published()?.find(list, model, atMs, 0)
    return { webSearch: found?.webSearch ?? 0, fileSearch: found?.fileSearch ?? 0, ...rates }
  }

  return {
    price(target, usage, atMs) {
      const mine = findOwn(`${target.provider}/${target.model}`)
      if (mine) {
        const rates = ratesOf(mine, usage)
        const searches = usage.webSearches ?? usage.fileSearches
        return costOf(searches === undefined ? rates : withFees(rates, target, atMs), usage)
      }
      const list = listOf(target.provider)
      if (list === undefined) return null
      if (list === FREE) return 0
      const { reportedPico } = usage
      if (reportedPico !== undefined && reportsCost(list)) return reportedPico / PICODOLLARS
      const rates = findPublished(list, target, usage, atMs)
      return rates ? costOf(rates, usage) : null
    },
    contextOf({ provider, model }) {
      const list = listOf(provider)
      if (list === undefined || list === FREE) return undefined
      return published()?.contextOf(list, model, Date.now())
    },
    date: arePublished ? CATALOGUE_RELEASE.date : undefined,
    load: () => void published(),
  }
}

/** Fees are the same at every tier and in every place. */
const multiply = (rates: Rates, factor: number): Rates => {
  const multiplied: { -readonly [rate in Rate]?: number } = {}
  for (const [rate, price] of Object.entries(rates))
    multiplied[rate as Rate] = FEES.has(rate) ? price : price * factor
  return multiplied
}
