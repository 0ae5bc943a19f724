/** A Sluice with a cache, in front of an upstream that plays all vendors. */
import type { AppOptions, ProviderOptions } from '#app'
import { anthropicAt, geminiAt, openaiAt } from '../app/start-sluice.ts'
import { ask, type Ask, FLAT, startSettled } from './settled-house.ts'

export const CACHE: NonNullable<AppOptions['cache']> = {
  store: 'memory',
  maxBytes: 64 * 1024 * 1024,
  ttlMs: 60 * 60 * 1000,
}

export const startCached = (
  options: Partial<AppOptions> = {},
  { openai }: { readonly openai?: Partial<ProviderOptions> } = {},
) =>
  startSettled((url) => ({
    cache: CACHE,
    prices: FLAT,
    providers: [{ ...openaiAt(url), ...openai }, anthropicAt(url), geminiAt(url)],
    ...options,
  }))

export const DIALECTS = ['Chat', 'Chat with usage', 'Messages', 'Responses', 'Gemini']

/** A request in a dialect whose answer may be kept. */
export const cacheable = (dialect: string, model: string, stream: boolean): ReturnType<Ask> => {
  const { path, body } = ask(dialect, model, stream)
  return { path, body: dialect === 'Responses' ? { ...body, store: false } : body }
}
