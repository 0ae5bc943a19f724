/** Groq. */
import type { Vendor } from '../vendor.ts'
import { OPENAI_LIMIT_HEADERS } from './openai.ts'

export const groq: Vendor = {
  title: 'Groq',
  protocols: ['openai-chat', 'openai-responses'],
  baseUrl: 'https://api.groq.com/openai/v1',
  variables: { apiKey: ['GROQ_API_KEY'], baseUrl: ['GROQ_BASE_URL'] },
  quirks: [
    {
      fact: 'Refuses logprobs, top_logprobs and logit_bias with 400.',
      traits: { refusedFields: ['logprobs', 'top_logprobs', 'logit_bias'] },
      source: 'specified',
      link: 'https://console.groq.com/docs/openai',
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning, and are returned in it.',
      traits: { replayedReasoning: 'reasoning' },
      reasoningIn: 'reasoning',
      source: 'specified',
      link: 'https://www.npmjs.com/package/groq-sdk (1.6.0, ChatCompletionAssistantMessageParam)',
      date: '2026-11',
    },
    {
      fact: 'Reports what remains, when it resets in the form 2m59.56s, and with a 429 how long to wait.',
      limitHeaders: OPENAI_LIMIT_HEADERS,
      source: 'specified',
      link: 'https://console.groq.com/docs/rate-limits',
      date: '2026-11',
    },
  ],
}
