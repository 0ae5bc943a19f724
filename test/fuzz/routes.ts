/** Every route under fire: where it is, and what it is asked for. */
import { CHAT_BODIES } from './corpus/chat.ts'
import { COMPLETIONS_BODIES } from './corpus/completions.ts'
import { EMBED_CONTENT_BODIES, EMBEDDINGS_BODIES } from './corpus/embeddings.ts'
import { GEMINI_BODIES, GEMINI_COUNT_BODIES } from './corpus/gemini.ts'
import { COUNT_BODIES, MESSAGES_BODIES } from './corpus/messages.ts'
import {
  BACKGROUND_BODIES,
  COMPACT_BODIES,
  INPUT_TOKENS_BODIES,
  RESPONSES_BODIES,
} from './corpus/responses.ts'

/** `{model}` is the place of the model in the path. */
export const ROUTES = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  count_tokens: '/v1/messages/count_tokens',
  responses: '/v1/responses',
  responses_translated: '/v1/responses',
  input_tokens: '/v1/responses/input_tokens',
  background: '/v1/responses',
  compact: '/v1/responses/compact',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
  gemini: '/v1beta/models/{model}:generateContent',
  gemini_stream: '/v1beta/models/{model}:streamGenerateContent?alt=sse',
  gemini_count: '/v1beta/models/{model}:countTokens',
  gemini_embed: '/v1beta/models/{model}:embedContent',
  response: '/v1/responses/',
  models: '/v1/models',
  model: '/v1/models/',
} as const

export type RouteName = keyof typeof ROUTES

export interface Source {
  readonly bodies: readonly Record<string, unknown>[]
  /** One for each way through: relayed, relayed with usage asked for, translated, with fallback, local. */
  readonly models: readonly string[]
  readonly headers: readonly string[]
}

export const VERSION: readonly string[] = ['anthropic-version: 2023-06-01']

const CLAUDE = ['claude-sonnet-4-5-20250929', 'claude-opus-5']
const GPT = ['gpt-4o', 'gpt-5', 'counted/gpt-4o']
const GEMINI = ['gemini-2.5-flash', 'gemini-3-pro-preview']
const LOCAL = ['demo/echo', 'either']
const EMBEDDERS = ['text-embedding-3-small', 'gemini-embedding-001', 'demo/embed']
const INSTRUCT = 'gpt-3.5-turbo-instruct'
const EVERYBODY = [...CLAUDE, ...GPT, ...GEMINI, ...LOCAL]

export const SOURCES: Readonly<Partial<Record<RouteName, Source>>> = {
  chat: { bodies: CHAT_BODIES, models: [...GPT, ...CLAUDE, ...LOCAL, ...CLAUDE], headers: [] },
  messages: { bodies: MESSAGES_BODIES, models: [...CLAUDE, ...GPT, ...LOCAL], headers: VERSION },
  count_tokens: { bodies: COUNT_BODIES, models: [...CLAUDE, ...GPT, ...LOCAL], headers: VERSION },
  responses: {
    bodies: RESPONSES_BODIES,
    models: [...GPT, ...GPT, ...GPT, 'claude-opus-5', 'demo/echo'],
    headers: [],
  },
  responses_translated: {
    bodies: RESPONSES_BODIES,
    models: [...CLAUDE, ...CLAUDE, ...GEMINI, ...LOCAL],
    headers: [],
  },
  input_tokens: { bodies: INPUT_TOKENS_BODIES, models: EVERYBODY, headers: [] },
  background: { bodies: BACKGROUND_BODIES, models: [...CLAUDE, ...LOCAL, ...GPT], headers: [] },
  compact: { bodies: COMPACT_BODIES, models: EVERYBODY, headers: [] },
  completions: {
    bodies: COMPLETIONS_BODIES,
    models: [INSTRUCT, ...CLAUDE, ...GEMINI, ...LOCAL],
    headers: [],
  },
  embeddings: { bodies: EMBEDDINGS_BODIES, models: [...EMBEDDERS, 'claude-opus-5'], headers: [] },
  gemini: { bodies: GEMINI_BODIES, models: EVERYBODY, headers: [] },
  gemini_stream: { bodies: GEMINI_BODIES, models: EVERYBODY, headers: [] },
  gemini_count: { bodies: GEMINI_COUNT_BODIES, models: EVERYBODY, headers: [] },
  gemini_embed: {
    bodies: EMBED_CONTENT_BODIES,
    models: [...EMBEDDERS, 'claude-opus-5'],
    headers: [],
  },
}

/** Whether nothing but the path says which model is meant. */
export const isInPath = (route: RouteName): boolean => ROUTES[route].includes('{model}')

export const toPath = (route: RouteName, model: string): string =>
  ROUTES[route].replace('{model}', model)
