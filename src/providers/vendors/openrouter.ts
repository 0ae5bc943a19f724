/** OpenRouter. Model names contain their maker: openrouter/anthropic/NAME. */
import { type Abilities, isJsonObject, type JsonObject } from '#model'
import type { ModelInfo } from '../provider.ts'
import type { Vendor } from '../vendor.ts'

/** https://openrouter.ai/docs/models (2026-11). */
const toModelInfo = (entry: JsonObject): ModelInfo => ({
  id: String(entry.id),
  ...(typeof entry.name === 'string' ? { displayName: entry.name } : {}),
  ...(typeof entry.created === 'number' ? { createdAtMs: entry.created * 1000 } : {}),
  ...(typeof entry.context_length === 'number' ? { maxInputTokens: entry.context_length } : {}),
  abilities: toAbilities(entry),
  native: entry,
})

/** It reads PDFs itself for models that cannot: https://openrouter.ai/docs/features/multimodal/pdfs (2026-11). */
const toAbilities = ({ architecture, supported_parameters: parameters }: JsonObject): Abilities => {
  const input = isJsonObject(architecture) ? architecture.input_modalities : undefined
  return {
    ...(Array.isArray(input) && {
      images: input.includes('image'),
      audio: input.includes('audio'),
    }),
    ...(Array.isArray(parameters) && {
      tools: parameters.includes('tools'),
      json_schema:
        parameters.includes('structured_outputs') || parameters.includes('response_format'),
      reasoning: parameters.includes('reasoning') || parameters.includes('reasoning_effort'),
    }),
  }
}

export const openrouter: Vendor = {
  title: 'OpenRouter',
  protocols: ['openai-chat', 'anthropic-messages', 'openai-responses'],
  baseUrl: 'https://openrouter.ai/api/v1',
  variables: { apiKey: ['OPENROUTER_API_KEY'], baseUrl: ['OPENROUTER_BASE_URL'] },
  toModelInfo,
  listsAbilities: true,
  quirks: [
    {
      fact: 'Speaks Messages at its base URL, with the key as a bearer token.',
      source: 'specified',
      link: 'https://openrouter.ai/docs/api/api-reference/anthropic-messages/create-messages',
      date: '2026-11',
    },
    {
      fact: 'Speaks Responses at its base URL.',
      source: 'specified',
      link: 'https://openrouter.ai/docs/api/api-reference/responses/create-responses',
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning.',
      traits: { replayedReasoning: 'reasoning' },
      reasoningIn: 'reasoning',
      source: 'specified',
      link: 'https://openrouter.ai/docs/use-cases/reasoning-tokens',
      date: '2026-11',
    },
    {
      fact: 'Forwards turns with tool calls but no thoughts, which DeepSeek and Moonshot refuse.',
      traits: { wantsCallThoughts: true },
      models: /^(?:deepseek|moonshotai)\//,
      source: 'reported',
      link: 'https://github.com/dirac-run/dirac/issues/5',
      date: '2026-04',
    },
    {
      fact: 'Its message is “Provider returned error”; the provider’s own error is in error.metadata.raw.',
      errorShape: 'wrapped',
      source: 'reported',
      link: 'https://github.com/open-webui/computer/issues/293',
      date: '2026-09',
    },
    {
      fact: 'Reports with its refusals what remains, and when it resets as a timestamp.',
      limitHeaders: ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
      source: 'specified',
      link: 'https://openrouter.ai/docs/api_reference/limits',
      date: '2026-11',
    },
  ],
}
