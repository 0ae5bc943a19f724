/** Perplexity, by its Agent API, because the Sonar chat completions ended on 2026-09-27. */
import type { Vendor } from '../vendor.ts'

export const perplexity: Vendor = {
  title: 'Perplexity',
  protocols: ['openai-responses'],
  baseUrl: 'https://api.perplexity.ai/v1',
  variables: { apiKey: ['PERPLEXITY_API_KEY'], baseUrl: ['PERPLEXITY_BASE_URL'] },
  ownedModels: /^sonar/,
  quirks: [
    {
      fact: 'Speaks Responses at /v1/responses, an alias of its own /v1/agent.',
      source: 'specified',
      link: 'https://docs.perplexity.ai/docs/grounded-llm/openai-compatibility',
      date: '2026-11',
    },
  ],
}
