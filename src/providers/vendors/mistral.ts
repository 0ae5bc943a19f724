/** Mistral. */
import type { Vendor } from '../vendor.ts'

export const mistral: Vendor = {
  title: 'Mistral',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.mistral.ai/v1',
  variables: { apiKey: ['MISTRAL_API_KEY'], baseUrl: ['MISTRAL_BASE_URL'] },
  ownedModels: /^(?:mistral|ministral|magistral|codestral|devstral|pixtral|voxtral)-/,
  quirks: [
    {
      fact: 'Its request has no seed (but a random_seed), user, logprobs, top_logprobs, logit_bias, store or verbosity.',
      traits: {
        refusedFields: [
          'seed',
          'user',
          'logprobs',
          'top_logprobs',
          'logit_bias',
          'store',
          'verbosity',
        ],
      },
      source: 'specified',
      link: 'https://www.npmjs.com/package/@mistralai/mistralai (2.7.0, ChatCompletionRequest)',
      date: '2026-11',
    },
    {
      fact: 'Answers reasoning_content in a message, like every field that it does not know, with 422.',
      traits: { replayedReasoning: 'none' },
      source: 'reported',
      link: 'https://github.com/BerriAI/litellm/issues/30835',
      date: '2026-06',
    },
    {
      fact: 'Its errors have no object of their own.',
      errorShape: 'flat',
      source: 'specified',
      link: 'https://docs.mistral.ai/resources/error-glossary',
      date: '2026-11',
    },
    {
      fact: 'Lists what is wrong with a request, with the place of each.',
      errorShape: 'validation',
      source: 'specified',
      link: 'https://www.npmjs.com/package/@mistralai/mistralai (2.7.0, HTTPValidationError)',
      date: '2026-11',
    },
  ],
}
