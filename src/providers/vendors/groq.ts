/** Groq. */
import { openaiChat, openaiResponses } from '#protocols'
import type { Vendor } from '../vendor.ts'

export const groq: Vendor = {
  title: 'Groq',
  protocols: [openaiChat, openaiResponses],
  baseUrl: 'https://api.groq.com/openai/v1',
  variables: { apiKey: ['GROQ_API_KEY'], baseUrl: ['GROQ_BASE_URL'] },
  quirks: [
    {
      fact: 'Answers logprobs, top_logprobs and logit_bias with 400.',
      traits: { refusedFields: ['logprobs', 'top_logprobs', 'logit_bias'] },
      source: 'specified',
      link: 'https://console.groq.com/docs/openai',
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning, and go back in it.',
      traits: { replayedReasoning: 'reasoning' },
      reasoningIn: 'reasoning',
      source: 'specified',
      link: 'https://www.npmjs.com/package/groq-sdk (1.6.0, ChatCompletionAssistantMessageParam)',
      date: '2026-11',
    },
    {
      fact: 'Tells what is left in x-ratelimit headers.',
      limitHeaders: ['x-ratelimit-remaining-requests', 'x-ratelimit-remaining-tokens'],
      source: 'reported',
      link: 'https://dev.to/vectle/groq-429s-your-retry-loop-is-blind-read-the-headers-instead-l0j',
      date: '2026-11',
    },
  ],
}
