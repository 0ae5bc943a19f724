/** Google's Gemini, by its OpenAI-compatible endpoint. */
import { openaiChat } from '#protocols'
import type { Vendor } from '../vendor.ts'

export const geminiOpenai: Vendor = {
  title: 'Gemini (OpenAI endpoint)',
  protocols: [openaiChat],
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  variables: { apiKey: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], baseUrl: [], isShared: true },
  ownedModels: /^gemini-/,
  quirks: [
    {
      fact: 'Takes the key of the Gemini API, as a bearer’s.',
      source: 'specified',
      link: 'https://ai.google.dev/gemini-api/docs/openai',
      date: '2026-11',
    },
  ],
}
