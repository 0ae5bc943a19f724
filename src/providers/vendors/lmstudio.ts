/** LM Studio, on this machine. */
import type { Vendor } from '../vendor.ts'

export const lmstudio: Vendor = {
  title: 'LM Studio',
  protocols: ['openai-chat', 'anthropic-messages', 'openai-responses', 'openai-completions'],
  embeddings: 'openai-embeddings',
  baseUrl: 'http://127.0.0.1:1234/v1',
  localPort: 1234,
  quirks: [
    {
      fact: 'Speaks Messages at /v1/messages, and accepts a bearer token there, too.',
      source: 'specified',
      link: 'https://lmstudio.ai/docs/developer/anthropic-compat',
      date: '2026-11',
    },
  ],
}
