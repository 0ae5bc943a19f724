/** Anthropic, and whatever stands at ANTHROPIC_BASE_URL. */
import type { JsonObject } from '#model'
import { anthropicMessages } from '#protocols'
import { anthropicTraits } from './anthropic-models.ts'
import { createHttpProvider } from './http-provider.ts'
import type { HttpProvider, ModelInfo } from './provider.ts'
import type { VendorOptions } from './vendor.ts'

const OFFICIAL = 'https://api.anthropic.com'

/** Anthropic's SDKs add the /v1 themselves, so base URLs come with and without it. */
const toBaseUrl = (url: string): string => `${url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`

export const anthropic = ({
  apiKey,
  baseUrl = OFFICIAL,
  ...options
}: VendorOptions): HttpProvider =>
  createHttpProvider({
    name: 'anthropic',
    protocols: [anthropicMessages],
    baseUrl: toBaseUrl(baseUrl),
    headers: apiKey ? ['x-api-key', apiKey] : [],
    ownedModels: /^claude-/,
    traits: anthropicTraits,
    modelsQuery: '?limit=1000',
    toModelInfo,
    listsLimits: true,
    ...options,
  })

const toModelInfo = (entry: JsonObject): ModelInfo => ({
  id: String(entry.id),
  ownedBy: 'anthropic',
  ...(typeof entry.display_name === 'string' ? { displayName: entry.display_name } : {}),
  ...(typeof entry.created_at === 'string' ? { createdAtMs: Date.parse(entry.created_at) } : {}),
  ...(typeof entry.max_tokens === 'number' ? { maxOutputTokens: entry.max_tokens } : {}),
  ...(typeof entry.max_input_tokens === 'number' ? { maxInputTokens: entry.max_input_tokens } : {}),
  native: entry,
})
