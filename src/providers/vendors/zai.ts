/** Z.ai, the maker of GLM. */
import type { Vendor } from '../vendor.ts'

export const zai: Vendor = {
  title: 'Z.ai',
  protocols: ['openai-chat'],
  elsewhere: [{ protocol: 'anthropic-messages', path: '/api/anthropic/v1' }],
  baseUrl: 'https://api.z.ai/api/paas/v4',
  variables: { apiKey: ['ZAI_API_KEY'], baseUrl: ['ZAI_BASE_URL'] },
  ownedModels: /^glm-/,
  quirks: [
    {
      fact: 'Speaks Messages at https://api.z.ai/api/anthropic.',
      source: 'reported',
      link: 'https://www.developersdigest.tech/reference/api-compatibility/zai',
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning_content, and must be returned with the results of tools.',
      traits: { replayedReasoning: 'reasoning_content' },
      reasoningIn: 'reasoning_content',
      source: 'specified',
      link: 'https://docs.z.ai/guides/capabilities/thinking-mode',
      date: '2026-11',
    },
    {
      fact: 'Its errors have a code of its own, in digits, and no type.',
      errorShape: 'nested',
      source: 'specified',
      link: 'https://docs.z.ai/api-reference/api-code',
      date: '2026-11',
    },
  ],
}
