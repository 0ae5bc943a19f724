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
      fact: 'Its request has no stream_options; a stream tells its usage in the last chunk, unasked.',
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
      fact: 'A user’s message directly behind a tool’s gets 400 with the code 3230.',
      traits: { wantsReplyToTools: true },
      source: 'reported',
      link: 'https://github.com/BerriAI/litellm/issues/17761',
      date: '2026-11',
    },
    {
      fact: 'A system message may stand behind a user’s or another system’s, but behind no other and not at the end.',
      traits: { takesSystemTurns: false },
      source: 'specified',
      link: 'https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py',
      date: '2026-11',
    },
    {
      fact: 'A last message of the assistant’s must say prefix: true.',
      traits: { prefillField: 'prefix' },
      source: 'specified',
      link: 'https://github.com/mistralai/mistral-common/blob/main/src/mistral_common/protocol/instruct/validator.py',
      date: '2026-11',
    },
    {
      fact: 'Refuses an assistant’s message without words and calls.',
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
      fact: 'Lists what is wrong with a request, with the place of each.',
      errorShape: 'validation',
      source: 'specified',
      link: 'https://www.npmjs.com/package/@mistralai/mistralai (2.7.0, HTTPValidationError)',
      date: '2026-11',
    },
  ],
}
