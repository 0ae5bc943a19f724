/** OpenAI, and whatever stands at OPENAI_BASE_URL. */
import { openaiChat, openaiCompletions, openaiEmbeddings, openaiResponses } from '#protocols'
import type { Vendor } from '../vendor.ts'
import { openaiTraits } from './openai-models.ts'

export const openai: Vendor = {
  title: 'OpenAI',
  // Completions last: nothing else is to be translated into it.
  protocols: [openaiChat, openaiResponses, openaiCompletions],
  embeddings: openaiEmbeddings,
  realtime: true,
  baseUrl: 'https://api.openai.com/v1',
  variables: { apiKey: ['OPENAI_API_KEY'], baseUrl: ['OPENAI_BASE_URL'] },
  ownedModels: /^(?:gpt-|chatgpt-|o\d|text-embedding-(?:3-|ada-)|(?:davinci|babbage)-002$)/,
  sampleModel: 'gpt-5.4-mini',
  traits: openaiTraits,
  quirks: [
    {
      fact: 'The output limit is called max_completion_tokens; the older name is deprecated.',
      traits: { maxTokensField: 'max_completion_tokens' },
      atOwnAddress: true,
      source: 'specified',
      link: 'https://platform.openai.com/docs/api-reference/chat/create',
      date: '2026-11',
    },
    {
      fact: 'Pads every event with random text that nobody here reads, unless told not to.',
      traits: { streamOptions: { include_obfuscation: false } },
      atOwnAddress: true,
      source: 'specified',
      link: 'https://platform.openai.com/docs/api-reference/chat/create',
      date: '2026-11',
    },
    {
      fact: 'Knows tools of the type custom, whose input is plain text.',
      traits: { takesFreeformTools: true },
      atOwnAddress: true,
      source: 'specified',
      link: 'https://platform.openai.com/docs/api-reference/chat/create',
      date: '2026-11',
    },
  ],
}
