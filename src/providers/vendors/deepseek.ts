/** DeepSeek. */
import type { Vendor } from '../vendor.ts'

export const deepseek: Vendor = {
  title: 'DeepSeek',
  protocols: ['openai-chat'],
  elsewhere: [{ protocol: 'anthropic-messages', path: '/anthropic/v1' }],
  baseUrl: 'https://api.deepseek.com',
  variables: { apiKey: ['DEEPSEEK_API_KEY'], baseUrl: ['DEEPSEEK_BASE_URL'] },
  ownedModels: /^deepseek-/,
  quirks: [
    {
      fact: 'Speaks Messages at https://api.deepseek.com/anthropic.',
      source: 'specified',
      link: 'https://api-docs.deepseek.com/quick_start/your_first_api_call',
      date: '2026-11',
    },
    {
      fact: 'Thinks by default; its efforts are low, high and max, and it maps all others to these.',
      traits: { efforts: ['low', 'high', 'max'] },
      source: 'specified',
      link: 'https://api-docs.deepseek.com/guides/thinking_mode',
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning_content; a turn with tool calls must return them, or it gets 400.',
      traits: { replayedReasoning: 'reasoning_content' },
      reasoningIn: 'reasoning_content',
      source: 'specified',
      link: 'https://api-docs.deepseek.com/guides/thinking_mode',
      date: '2026-11',
    },
    {
      fact: 'A turn with tool calls but no thoughts, such as one of another model, gets 400; V4 Pro treats an empty text as missing, but accepts a space as thoughts.',
      traits: { wantsCallThoughts: true },
      source: 'reported',
      link: 'https://github.com/NousResearch/hermes-agent/pull/18263',
      date: '2026-05',
    },
  ],
}
