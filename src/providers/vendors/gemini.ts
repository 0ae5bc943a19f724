/** Google's Gemini API, and any server at GOOGLE_GEMINI_BASE_URL. */
import type { JsonObject } from '#model'
import type { ModelInfo } from '../provider.ts'
import type { Vendor } from '../vendor.ts'
import { geminiTraits } from './gemini-models.ts'

const toModelInfo = (entry: JsonObject): ModelInfo => {
  const { displayName, inputTokenLimit, outputTokenLimit, thinking } = entry
  return {
    id: (typeof entry.name === 'string' ? entry.name : String(entry.id)).replace(/^models\//, ''),
    ownedBy: 'google',
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof inputTokenLimit === 'number' ? { maxInputTokens: inputTokenLimit } : {}),
    ...(typeof outputTokenLimit === 'number' ? { maxOutputTokens: outputTokenLimit } : {}),
    ...(typeof thinking === 'boolean' ? { abilities: { reasoning: thinking } } : {}),
    native: entry,
  }
}

/** Its SDKs add the version themselves, so base URLs may or may not contain it. */
const toBaseUrl = (url: string): string => {
  const plain = url.replace(/\/+$/, '')
  return /\/v1(?:beta|alpha)?$/.test(plain) ? plain : `${plain}/v1beta`
}

export const gemini: Vendor = {
  title: 'Gemini',
  protocols: ['gemini'],
  embeddings: 'gemini-embeddings',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  toBaseUrl,
  keyHeader: 'x-goog-api-key',
  variables: {
    apiKey: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    baseUrl: ['GOOGLE_GEMINI_BASE_URL'],
  },
  ownedModels: /^(?:gemini|gemma)-/,
  sampleModel: 'gemini-flash-latest',
  traits: geminiTraits,
  modelsQuery: '?pageSize=1000',
  toModelInfo,
  listsAbilities: true,
  quirks: [],
}
