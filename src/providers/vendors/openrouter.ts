/** OpenRouter. Model names contain their maker: openrouter/anthropic/NAME. */
import type { Vendor } from '../vendor.ts'

export const openrouter: Vendor = {
  title: 'OpenRouter',
  protocols: ['openai-chat', 'anthropic-messages', 'openai-responses'],
  baseUrl: 'https://openrouter.ai/api/v1',
  variables: { apiKey: ['OPENROUTER_API_KEY'], baseUrl: ['OPENROUTER_BASE_URL'] },
  quirks: [
    {
      fact: 'Speaks Messages at its base URL, with the key as a bearer’s.',
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
      fact: 'Passes on what DeepSeek and Moonshot refuse: turns that called tools and bring no thoughts.',
      traits: { wantsCallThoughts: true },
      models: /^(?:deepseek|moonshotai)\//,
      source: 'reported',
      link: 'https://github.com/dirac-run/dirac/issues/5',
      date: '2026-04',
    },
    {
      fact: 'Says “Provider returned error”, and what the provider said in error.metadata.raw.',
      errorShape: 'wrapped',
      source: 'reported',
      link: 'https://github.com/open-webui/computer/issues/293',
      date: '2026-09',
    },
    {
      fact: 'Tells what is left with its refusals, and when that begins anew as a point in time.',
      limitHeaders: ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'],
      source: 'specified',
      link: 'https://openrouter.ai/docs/api_reference/limits',
      date: '2026-11',
    },
  ],
}
