/** Fireworks. */
import type { Vendor } from '../vendor.ts'

export const fireworks: Vendor = {
  title: 'Fireworks',
  protocols: ['openai-chat', 'openai-responses', 'anthropic-messages', 'openai-completions'],
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  variables: { apiKey: ['FIREWORKS_API_KEY'], baseUrl: ['FIREWORKS_BASE_URL'] },
  quirks: [
    {
      fact: 'Speaks Messages at its base URL, with the key as a bearer token.',
      source: 'specified',
      link: 'https://docs.fireworks.ai/tools-sdks/anthropic-compatibility',
      date: '2026-11',
    },
    {
      fact: 'Speaks Responses at its base URL.',
      source: 'specified',
      link: 'https://docs.fireworks.ai/guides/response-api',
      date: '2026-11',
    },
    {
      fact: 'Reports its limits, which change with their use.',
      limitHeaders: ['x-ratelimit-limit-tokens-prompt', 'x-ratelimit-limit-tokens-generated'],
      source: 'specified',
      link: 'https://docs.fireworks.ai/serverless/rate-limits',
      date: '2026-11',
    },
  ],
}
