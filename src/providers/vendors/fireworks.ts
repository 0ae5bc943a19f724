/** Fireworks. */
import { anthropicMessages, openaiChat, openaiCompletions, openaiResponses } from '#protocols'
import type { Vendor } from '../vendor.ts'

export const fireworks: Vendor = {
  title: 'Fireworks',
  protocols: [openaiChat, openaiResponses, anthropicMessages, openaiCompletions],
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  variables: { apiKey: ['FIREWORKS_API_KEY'], baseUrl: ['FIREWORKS_BASE_URL'] },
  quirks: [
    {
      fact: 'Speaks Messages at its base URL, with the key as a bearer’s.',
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
  ],
}
