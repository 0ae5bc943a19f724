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
      fact: 'Refuses reasoning_content in a message with 422, like every unknown field.',
      traits: { replayedReasoning: 'none' },
      source: 'reported',
      link: 'https://github.com/BerriAI/litellm/issues/30835',
      date: '2026-06',
    },
    {
      fact: 'Its request has no stream_options; a stream reports its usage in the last chunk without being asked.',
      traits: { takesStreamOptions: false },
      source: 'specified',
      link: 'https://www.npmjs.com/package/@mistralai/mistralai (2.7.0, ChatCompletionStreamRequest)',
      date: '2026-11',
    },
    {
      fact: 'Ids of calls are exactly nine letters or digits; others get 400 with the code 3280.',
      traits: { callIdLength: 9 },
      source: 'specified',
      link: 'https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py',
      date: '2026-11',
    },
    {
      fact: 'A user’s message directly after a tool’s gets 400 with the code 3230.',
      traits: { wantsReplyToTools: true },
      source: 'reported',
      link: 'https://github.com/BerriAI/litellm/issues/17761',
      date: '2026-11',
    },
    {
      fact: 'A system message may follow only a user’s or another system message, and must not be the last.',
      traits: { takesSystemTurns: false },
      source: 'specified',
      link: 'https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py',
      date: '2026-11',
    },
    {
      fact: 'A final assistant message must have prefix: true.',
      traits: { prefillField: 'prefix' },
      source: 'specified',
      link: 'https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py',
      date: '2026-11',
    },
    {
      fact: 'Refuses an assistant’s message without text and calls.',
      traits: { refusesEmptyTurns: true },
      source: 'reported',
      link: 'https://github.com/OpenHands/OpenHands/issues/8685',
      date: '2026-11',
    },
    {
      fact: 'Its errors have no object of their own.',
      errorShape: 'flat',
      source: 'specified',
      link: 'https://docs.mistral.ai/resources/error-glossary',
      date: '2026-11',
    },
    {
      fact: 'Lists everything that is wrong with a request, each with its place.',
      errorShape: 'validation',
      source: 'specified',
      link: 'https://www.npmjs.com/package/@mistralai/mistralai (2.7.0, HTTPValidationError)',
      date: '2026-11',
    },
  ],
}
