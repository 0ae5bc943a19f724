/** OpenAI, and whatever stands at OPENAI_BASE_URL. */
import { openaiChat, openaiResponses } from '#protocols'
import { createHttpProvider } from './http-provider.ts'
import { openaiTraits } from './openai-models.ts'
import type { HttpProvider } from './provider.ts'
import type { VendorOptions } from './vendor.ts'

const OFFICIAL = 'https://api.openai.com/v1'

/**
 * Specified: https://platform.openai.com/docs/api-reference/chat/create (2026-11). Obfuscation pads
 * every event with random text that nobody here reads.
 */
const OFFICIAL_TRAITS = {
  maxTokensField: 'max_completion_tokens',
  streamOptions: { include_obfuscation: false },
} as const

/** People leave the /v1 out; a deeper path of their own is taken as it stands. */
const toBaseUrl = (url: string): string =>
  new URL(url).pathname === '/' ? new URL('/v1', url).href : url

export const openai = ({ apiKey, baseUrl = OFFICIAL, ...options }: VendorOptions): HttpProvider => {
  const official = new URL(baseUrl).hostname === 'api.openai.com'
  return createHttpProvider({
    name: 'openai',
    protocols: [openaiChat, openaiResponses],
    baseUrl: toBaseUrl(baseUrl),
    headers: apiKey ? ['authorization', `Bearer ${apiKey}`] : [],
    ownedModels: /^(?:gpt-|chatgpt-|o\d)/,
    traits: (model) => ({ ...openaiTraits(model), ...(official ? OFFICIAL_TRAITS : {}) }),
    ...options,
  })
}
