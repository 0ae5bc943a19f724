/** The prices that vendors publish, from the package genai-prices. Its updates over the network are never used. */
import type { ModelPrice } from '@pydantic/genai-prices'
import type { Rate, Rates } from './rates.ts'

export interface PriceCatalogue {
  /** Undefined if the list does not have the model. @param inputTokens decide the price of a long context. */
  find(list: string, model: string, atMs: number, inputTokens: number): Rates | undefined
}

/** The release whose prices are used. */
export const CATALOGUE_RELEASE = { version: '0.1.8', date: '2026-09-23' } as const

/** The module is large data, and only some configurations need it. */
export const loadPriceCatalogue = async (): Promise<PriceCatalogue> => {
  const { calcPrice } = await import('@pydantic/genai-prices')
  const read = (providerId: string, model: string, atMs: number): ModelPrice | undefined => {
    try {
      return calcPrice({}, model, { providerId, timestamp: new Date(atMs) })?.model_price
    } catch {
      // An entry that contradicts itself is no price.
      return undefined
    }
  }
  const find = createMemo(read)
  return {
    find(list, model, atMs, inputTokens) {
      const price = find(list, model, atMs)
      return price && toRates(price, inputTokens)
    },
  }
}

/** Some prices depend on the time of day, in whole minutes. */
const MINUTE_MS = 60_000
/** Clients choose the names of models. */
const MAX_KNOWN_NAMES = 1024

type Read = (list: string, model: string, atMs: number) => ModelPrice | undefined

/** A search goes through all models of a list, so its result is kept for the rest of the minute. */
const createMemo = (read: Read): Read => {
  const known = new Map<
    string,
    { readonly minute: number; readonly price: ModelPrice | undefined }
  >()
  return (list, model, atMs) => {
    const key = `${list}/${model}`
    const minute = Math.floor(atMs / MINUTE_MS)
    const found = known.get(key)
    if (found?.minute === minute) return found.price
    const price = read(list, model, atMs)
    if (known.size >= MAX_KNOWN_NAMES) known.clear()
    known.set(key, { minute, price })
    return price
  }
}

const KEYS: Readonly<Record<Exclude<Rate, 'call'>, string>> = {
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
