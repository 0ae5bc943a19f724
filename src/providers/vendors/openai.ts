/** OpenAI, and any server at OPENAI_BASE_URL. */
import type { Vendor } from '../vendor.ts'
import { OPENAI_PROTOCOL_QUIRKS, openaiTraits } from './openai-models.ts'

/** Other vendors use the same headers. */
export const OPENAI_LIMIT_HEADERS = [
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
]

export const openai: Vendor = {
  title: 'OpenAI',
  // Completions is last, because no other protocol is to be translated to it.
  protocols: ['openai-chat', 'openai-responses', 'openai-completions'],
  embeddings: 'openai-embeddings',
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
      fact: 'Pads every event with random text, which Sluice does not need, unless the request disables it.',
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
    {
      fact: 'Of its models, only gpt-3.5-turbo-instruct, davinci-002 and babbage-002 complete text.',
      traits: { refusedProtocols: ['openai-completions'] },
      models: /^(?:ft:)?(?:gpt-(?!oss|3\.5-turbo-instruct)|chatgpt-|codex-|o\d)/,
      source: 'specified',
      link: 'https://www.npmjs.com/package/openai (7.55.0, CompletionCreateParamsBase)',
      date: '2026-11',
    },
    ...OPENAI_PROTOCOL_QUIRKS,
    {
      fact: 'Answers by a JSON schema since gpt-4o-mini and gpt-4o-2024-08-06.',
      traits: { lacks: ['json_schema'] },
      models: /^gpt-(?:3\.5|4(?:-|$)|4o-2024-05-13$)/,
      atOwnAddress: true,
      source: 'specified',
      link: 'https://platform.openai.com/docs/guides/structured-outputs',
      date: '2026-11',
    },
    {
      fact: 'gpt-3.5-turbo, gpt-4 and o3-mini read text only.',
      traits: { lacks: ['images', 'pdfs'] },
      models: /^(?:gpt-3\.5|gpt-4(?:-0613|-0314|-32k.*)?$|o3-mini)/,
      atOwnAddress: true,
      source: 'specified',
      link: 'https://developers.openai.com/api/docs/models (the input of each model)',
      date: '2026-11',
    },
    {
      fact: 'Only its audio models take input_audio.',
      traits: { lacks: ['audio'] },
      models: /^(?:gpt-3\.5|gpt-4(?!.*(?:audio|realtime))|o[134](?:-|$))/,
      atOwnAddress: true,
      source: 'specified',
      link: 'https://developers.openai.com/api/docs/models (the input of each model)',
      date: '2026-11',
    },
    {
      fact: 'Reports what remains, and when its limits reset, in the form 6m0s.',
      limitHeaders: OPENAI_LIMIT_HEADERS,
      source: 'specified',
      link: 'https://platform.openai.com/docs/guides/rate-limits',
      date: '2026-11',
    },
  ],
}
