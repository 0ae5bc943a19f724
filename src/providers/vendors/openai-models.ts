/**
 * What OpenAI's models accept and refuse, at any provider.
 * Specified: https://platform.openai.com/docs/models, each model's page, and the reasoning guide (2026-11).
 */
import type { TargetTraits } from '#protocols'
import type { Quirk } from '../vendor.ts'

type OpenAiTraits = Omit<TargetTraits, 'provider' | 'model'>

/** Reasoning models refuse the older name of the output limit, and all sampling parameters. */
const REASONING = {
  maxTokensField: 'max_completion_tokens',
  refusedFields: [
    'temperature',
    'top_p',
    'presence_penalty',
    'frequency_penalty',
    'logprobs',
    'top_logprobs',
    'logit_bias',
    'stop',
  ],
} satisfies OpenAiTraits

/** Freeform tools exist since GPT-5: https://platform.openai.com/docs/guides/function-calling */
const FROM_5 = {
  ...REASONING,
  takesFreeformTools: true,
  maxOutputTokens: 128_000,
} satisfies OpenAiTraits

const EFFORTS = ['low', 'medium', 'high'] as const

const PLAIN = { refusedFields: ['reasoning_effort'], lacks: ['reasoning'] } satisfies OpenAiTraits

/** The first matching pattern counts. */
const MODELS: readonly (readonly [RegExp, OpenAiTraits])[] = [
  [/^gpt-[5-9].*-chat/, { ...PLAIN, maxOutputTokens: 16_384 }],
  [/^gpt-5(?:-|$)/, { ...FROM_5, efforts: ['minimal', ...EFFORTS] }],
  [/^gpt-5\.1(?!-codex-max)/, { ...FROM_5, efforts: EFFORTS }],
  [/^gpt-5\.[1-5]/, { ...FROM_5, efforts: [...EFFORTS, 'xhigh'] }],
  [/^(?:gpt-[5-9]|codex-)/, { ...FROM_5 }],
  [/^o\d/, { ...REASONING, maxOutputTokens: 100_000, efforts: EFFORTS }],
  [/^gpt-4\.1/, { ...PLAIN, maxOutputTokens: 32_768 }],
  [/^(?:gpt-4o|chatgpt-4o|gpt-4\.5)/, { ...PLAIN, maxOutputTokens: 16_384 }],
  [/^gpt-(?:3\.5|4)/, { ...PLAIN, maxOutputTokens: 4096 }],
]

export const openaiTraits = (model: string): OpenAiTraits =>
  MODELS.find(([pattern]) => pattern.test(model))?.[1] ?? {}

/** The protocols that OpenAI's models support, at any address. */
export const OPENAI_PROTOCOL_QUIRKS: readonly Quirk[] = [
  {
    fact: 'Its codex, pro and deep-research models are available on Responses only; on Chat Completions they are not found.',
    traits: { refusedProtocols: ['openai-chat'] },
    models:
      /^(?:ft:)?(?:(?:gpt-(?!oss)|o\d).*-(?:codex|pro|deep-research)(?:[-:]|$)|codex-|computer-use-)/,
    source: 'specified',
    link: 'https://www.npmjs.com/package/openai (7.55.0, ResponsesModel)',
    date: '2026-11',
  },
  {
    fact: 'From gpt-5.4 on, reasoning models take function tools on Responses only, with or without an effort.',
    traits: { refusedWithTools: ['openai-chat'] },
    models: /^(?:ft:)?gpt-(?!.*-chat)(?:5\.(?:[4-9]|\d\d)|[6-9]|\d\d)/,
    source: 'reported',
    link: 'https://github.com/openai/openai-openapi/issues/541',
    date: '2026-11',
  },
]
