/** xAI. */
import type { Vendor } from '../vendor.ts'

export const xai: Vendor = {
  title: 'xAI',
  // Its Messages endpoint is deprecated.
  protocols: ['openai-chat', 'openai-responses'],
  baseUrl: 'https://api.x.ai/v1',
  variables: { apiKey: ['XAI_API_KEY'], baseUrl: ['XAI_BASE_URL'] },
  ownedModels: /^grok-/,
  quirks: [
    {
      fact: 'Reasoning models refuse presence_penalty, frequency_penalty and stop.',
      traits: { refusedFields: ['presence_penalty', 'frequency_penalty', 'stop'] },
      models: /^grok-(?!.*non-reasoning)/,
      source: 'specified',
      link: 'https://docs.x.ai/docs/guides/reasoning',
      date: '2026-11',
    },
    {
      fact: 'Grok 4.20 and 4.1 Fast refuse reasoning_effort and choose it themselves.',
      traits: { refusedFields: ['reasoning_effort'] },
      models: /^grok-4(?:\.20(?!-multi-agent)|[.-]1-fast)/,
      source: 'specified',
      link: 'https://docs.x.ai/docs/guides/reasoning',
      date: '2026-11',
    },
    {
      fact: 'Some of its errors are plain text beside a code.',
      errorShape: 'plain',
      source: 'reported',
      link: 'https://github.com/iniwap/AIWriteX/issues/26',
      date: '2025-07',
    },
  ],
}
