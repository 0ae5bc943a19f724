/** Anthropic, and any server at ANTHROPIC_BASE_URL. */
import { type Abilities, isJsonObject, type JsonObject } from '#model'
import type { ModelInfo } from '../provider.ts'
import type { Vendor } from '../vendor.ts'
import { anthropicTraits } from './anthropic-models.ts'

const toModelInfo = (entry: JsonObject): ModelInfo => ({
  id: String(entry.id),
  ownedBy: 'anthropic',
  ...(typeof entry.display_name === 'string' ? { displayName: entry.display_name } : {}),
  ...(typeof entry.created_at === 'string' ? { createdAtMs: Date.parse(entry.created_at) } : {}),
  ...(typeof entry.max_tokens === 'number' ? { maxOutputTokens: entry.max_tokens } : {}),
  ...(typeof entry.max_input_tokens === 'number' ? { maxInputTokens: entry.max_input_tokens } : {}),
  abilities: toAbilities(entry.capabilities),
  native: entry,
})

/** https://platform.claude.com/docs/en/api/models/list (2026-11). Schemas are also answered by a forced tool. */
const toAbilities = (capabilities: unknown): Abilities => {
  const supports = (name: string): boolean | undefined => {
    const capability = isJsonObject(capabilities) ? capabilities[name] : undefined
    const supported = isJsonObject(capability) ? capability.supported : undefined
    return typeof supported === 'boolean' ? supported : undefined
  }
  const known = {
    images: supports('image_input'),
    pdfs: supports('pdf_input'),
    reasoning: supports('thinking'),
  }
  return Object.fromEntries(
    Object.entries(known).filter(([, supported]) => supported !== undefined),
  )
}

export const anthropic: Vendor = {
  title: 'Anthropic',
  protocols: ['anthropic-messages'],
  baseUrl: 'https://api.anthropic.com',
  // Its SDKs add the /v1 themselves, so base URLs may or may not contain it.
  toBaseUrl: (url) => `${url.replace(/\/+$/, '').replace(/\/v1$/, '')}/v1`,
  keyHeader: 'x-api-key',
  variables: { apiKey: ['ANTHROPIC_API_KEY'], baseUrl: ['ANTHROPIC_BASE_URL'] },
  ownedModels: /^claude-/,
  sampleModel: 'claude-haiku-5-5',
  traits: anthropicTraits,
  modelsQuery: '?limit=1000',
  toModelInfo,
  listsLimits: true,
  listsAbilities: true,
  quirks: [
    {
      fact: 'Messages has no block for audio.',
      traits: { lacks: ['audio'] },
      source: 'specified',
      link: 'https://www.npmjs.com/package/@anthropic-ai/sdk (ContentBlockParam)',
      date: '2026-11',
    },
    {
      fact: 'Reports what remains, and when its limits reset, as a date.',
      limitHeaders: [
        'anthropic-ratelimit-requests-limit',
        'anthropic-ratelimit-requests-remaining',
        'anthropic-ratelimit-requests-reset',
        'anthropic-ratelimit-tokens-limit',
        'anthropic-ratelimit-tokens-remaining',
        'anthropic-ratelimit-tokens-reset',
      ],
      source: 'reported',
      link: 'https://www.delimiter.app/docs/providers/anthropic',
      date: '2026-11',
    },
  ],
}
