/** The prices that vendors publish, from the package genai-prices. Its updates over the network are never used. */
import { createRequire } from 'node:module'
import type { calcPrice as CalcPrice, ModelPrice } from '@pydantic/genai-prices'
import type { Rate, Rates } from './rates.ts'

export interface PriceCatalogue {
  /** Undefined if the list does not have the model. @param inputTokens decide the price of a long context. */
  find(list: string, model: string, atMs: number, inputTokens: number): Rates | undefined
  contextOf(list: string, model: string, atMs: number): number | undefined
}

/** The release whose prices are used. */
export const CATALOGUE_RELEASE = { version: '0.1.8', date: '2026-09-23' } as const

const require = createRequire(import.meta.url)

/**
 * The module is large data, which only some configurations need, and no start waits for. It is loaded synchronously, so
 * that a call that ends before that has its price, too.
 */
export const loadPriceCatalogue = (): PriceCatalogue => {
  const { calcPrice } = require('@pydantic/genai-prices') as { calcPrice: typeof CalcPrice }
  const find = createMemo((providerId, model, atMs) => {
    try {
      const found = calcPrice({}, model, { providerId, timestamp: new Date(atMs) })
      if (!found) return NO_PRICE
      const isTimed = Array.isArray(found.model.prices)
      return {
        brackets: toBrackets(found.model_price),
        isTimed,
        context: found.model.context_window,
      }
    } catch {
      // An entry that contradicts itself is no price.
      return NO_PRICE
    }
  })
  return {
    find: (list, model, atMs, inputTokens) =>
      find(list, model, atMs).brackets.findLast(({ above }) => inputTokens > above)?.rates,
    contextOf: (list, model, atMs) => find(list, model, atMs).context,
  }
}

/** Some prices depend on the time of day, in whole minutes. */
const MINUTE_MS = 60_000
/** Clients choose the names of models. */
const MAX_KNOWN_NAMES = 1024

interface Found {
  readonly brackets: Brackets
  /** The price changes on a date or with the time of day. */
  readonly isTimed: boolean
  /** How many tokens the model takes. */
  readonly context?: number | undefined
}

/** The prices for inputs that are longer than a number of tokens. */
type Brackets = readonly { readonly above: number; readonly rates: Rates }[]

const NO_PRICE: Found = { brackets: [], isTimed: false }

type Find = (list: string, model: string, atMs: number) => Found

/** A search goes through all models of a list, so its result is kept: for the rest of the minute if it depends on time. */
const createMemo = (find: Find): Find => {
  const known = new Map<string, Found & { readonly minute: number }>()
  return (list, model, atMs) => {
    const key = `${list}/${model}`
    const minute = Math.floor(atMs / MINUTE_MS)
    const kept = known.get(key)
    if (kept && (!kept.isTimed || kept.minute === minute)) return kept
    const found = find(list, model, atMs)
    if (known.size >= MAX_KNOWN_NAMES) known.clear()
    known.set(key, { ...found, minute })
    return found
  }
}

const KEYS: Readonly<Record<Exclude<Rate, 'call'>, string>> = {
  webSearch: 'web_searches_kcount',
  fileSearch: 'storage_searches_kcount',
  input: 'input_mtok',
  cacheRead: 'cache_read_mtok',
  cacheWrite: 'cache_write_mtok',
  cacheWrite1h: 'cache_write_1h_mtok',
  audioInput: 'input_audio_mtok',
  audioCacheRead: 'cache_audio_read_mtok',
  imageInput: 'input_image_mtok',
  imageCacheRead: 'cache_image_read_mtok',
  output: 'output_mtok',
  reasoning: 'output_reasoning_mtok',
  audioOutput: 'output_audio_mtok',
  imageOutput: 'output_image_mtok',
}

const toBrackets = (price: ModelPrice): Brackets => {
  const tiers = Object.values(price).flatMap((each) => (typeof each === 'object' ? each.tiers : []))
  const starts = new Set([-1, ...tiers.map(({ start }) => start)])
  return [...starts]
    .toSorted((a, b) => a - b)
    .map((above) => ({ above, rates: toRates(price, above + 1) }))
}

const toRates = (price: ModelPrice, inputTokens: number): Rates => {
  const rates: { -readonly [rate in Rate]?: number } = {}
  for (const [rate, key] of Object.entries(KEYS)) {
    const value = priceFor(price[key], inputTokens)
    if (value !== undefined) rates[rate as Rate] = value
  }
  const calls = priceFor(price.requests_kcount, inputTokens)
  if (calls !== undefined) rates.call = calls / 1000
  // The catalogue leaves out a price for an hour that equals the one for minutes.
  if (rates.cacheWrite1h === undefined && rates.cacheWrite !== undefined)
    rates.cacheWrite1h = rates.cacheWrite
  return rates
}

/** A call with a long context is charged at the price of its tier completely, not only for what is above it. */
const priceFor = (price: ModelPrice[string], inputTokens: number): number | undefined => {
  if (typeof price !== 'object') return price
  let { base } = price
  for (const tier of price.tiers) if (inputTokens > tier.start) base = tier.price
  return base
}
