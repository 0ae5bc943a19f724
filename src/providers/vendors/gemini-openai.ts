/** Google's Gemini, by its OpenAI-compatible endpoint. */
import type { Vendor } from '../vendor.ts'

export const geminiOpenai: Vendor = {
  title: 'Gemini (OpenAI endpoint)',
  protocols: ['openai-chat'],
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  variables: { apiKey: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], baseUrl: [], isShared: true },
  ownedModels: /^gemini-/,
  quirks: [
    {
      fact: 'Takes the key of the Gemini API as a bearer token.',
      source: 'specified',
      link: 'https://ai.google.dev/gemini-api/docs/openai',
      date: '2026-11',
    },
    {
      fact: 'Its errors are Google’s, in a list.',
      errorShape: 'nested',
      source: 'reported',
      link: 'https://github.com/bytedance/deer-flow/issues/1515',
      date: '2026-03',
    },
  ],
}
