/** Anthropic, and any server at ANTHROPIC_BASE_URL. */
import type { JsonObject } from '#model'
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
  native: entry,
})

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
  quirks: [
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
