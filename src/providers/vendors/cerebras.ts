/** Cerebras. */
import type { Vendor } from '../vendor.ts'

const TYPES = 'https://www.npmjs.com/package/@cerebras/cerebras_cloud_sdk (1.91.0)'

export const cerebras: Vendor = {
  title: 'Cerebras',
  protocols: ['openai-chat'],
  baseUrl: 'https://api.cerebras.ai/v1',
  variables: { apiKey: ['CEREBRAS_API_KEY'], baseUrl: ['CEREBRAS_BASE_URL'] },
  quirks: [
    {
      fact: 'Its efforts are low, medium and high.',
      traits: { efforts: ['low', 'medium', 'high'] },
      source: 'specified',
      link: TYPES,
      date: '2026-11',
    },
    {
      fact: 'The output limit is called max_completion_tokens; the older name is deprecated.',
      traits: { maxTokensField: 'max_completion_tokens' },
      source: 'specified',
      link: TYPES,
      date: '2026-11',
    },
    {
      fact: 'Thoughts come in reasoning, and are returned in it.',
      traits: { replayedReasoning: 'reasoning' },
      reasoningIn: 'reasoning',
      source: 'specified',
      link: TYPES,
      date: '2026-11',
    },
    {
      fact: 'Refuses schemas that restrict lengths, counts, patterns or formats with 400.',
      traits: {
        refusedSchemaKeywords: [
          'maxItems',
          'minItems',
          'maxLength',
          'minLength',
          'pattern',
          'format',
          'minProperties',
          'maxProperties',
        ],
      },
      source: 'reported',
      link: 'https://github.com/elizaOS/eliza/pull/11156',
      date: '2026-07',
    },
    {
      fact: 'Its errors have no object of their own.',
      errorShape: 'flat',
      source: 'reported',
      link: 'https://github.com/nminaya/grammar-nazi-bot/issues/960',
      date: '2026-08',
    },
    {
      fact: 'Reports the remaining requests of the day and tokens of the minute, and when they reset, in seconds.',
      limitHeaders: [
        'x-ratelimit-limit-requests-day',
        'x-ratelimit-limit-tokens-minute',
        'x-ratelimit-remaining-requests-day',
        'x-ratelimit-remaining-tokens-minute',
        'x-ratelimit-reset-requests-day',
        'x-ratelimit-reset-tokens-minute',
      ],
      source: 'specified',
      link: 'https://inference-docs.cerebras.ai/support/rate-limits',
      date: '2026-11',
    },
  ],
}
