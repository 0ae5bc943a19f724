/** Together. */
import type { Vendor } from '../vendor.ts'

export const together: Vendor = {
  title: 'Together',
  // It speaks Messages and Responses for some of its models, but its answers for others are malformed.
  protocols: ['openai-chat', 'openai-completions'],
  embeddings: 'openai-embeddings',
  baseUrl: 'https://api.together.ai/v1',
  variables: { apiKey: ['TOGETHER_API_KEY'], baseUrl: ['TOGETHER_BASE_URL'] },
  quirks: [
    {
      fact: 'Messages and Responses are at the base URL, for the models that are listed there.',
      source: 'specified',
      link: 'https://docs.together.ai/docs/inference/messages-api',
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning.',
      reasoningIn: 'reasoning',
      source: 'specified',
      link: 'https://docs.together.ai/docs/kimi-k2-thinking-quickstart',
      date: '2026-11',
    },
  ],
}
