/** Sluice with a caller whose calls are limited, and the shortest call of each dialect. */
import type { AppOptions } from '#app'
import type { CallerLimits } from '#access'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../app/asks.ts'
import { startHouse } from '../app/house.ts'
import type { UpstreamOptions } from '../upstream/start.ts'

export const KEY = 'key-of-ann'
export const headers = { authorization: `Bearer ${KEY}` }

export const startLimited = (
  everyCaller: CallerLimits,
  options: Partial<AppOptions> & { upstream?: UpstreamOptions } = {},
) =>
  startHouse({
    keys: [KEY],
    callerLimits: { everyCaller },
    retry: { retries: 0, baseMs: 1 },
    ...options,
  })

/** A stream that begins and does not end. */
export const HOLDING = '[[pieces 4]][[stall 7]][[say one two three four]]'

const GEMINI_BODY = { contents: [{ role: 'user', parts: [{ text: 'x' }] }] }

export interface DialectCall {
  readonly path: string
  readonly body: object
  readonly dialect: 'openai' | 'anthropic' | 'gemini'
}

const stream = { stream: true }

/** Relayed and translated, streamed and not. */
export const DIALECT_CALLS: readonly (readonly [name: string, call: DialectCall])[] = [
  ['Chat', { path: CHAT, body: chatBody(), dialect: 'openai' }],
  ['Chat, streamed', { path: CHAT, body: chatBody('x', stream), dialect: 'openai' }],
  ['Chat, translated', { path: CHAT, body: chatBody('x', { model: CLAUDE }), dialect: 'openai' }],
  [
    'Chat, translated and streamed',
    { path: CHAT, body: chatBody('x', { model: CLAUDE, ...stream }), dialect: 'openai' },
  ],
  ['Responses', { path: RESPONSES, body: responsesBody(), dialect: 'openai' }],
  ['Responses, streamed', { path: RESPONSES, body: responsesBody('x', stream), dialect: 'openai' }],
  [
    'Responses, translated and streamed',
    { path: RESPONSES, body: responsesBody('x', { model: CLAUDE, ...stream }), dialect: 'openai' },
  ],
  [
    'Responses in the background',
    {
      path: RESPONSES,
      body: responsesBody('x', { model: CLAUDE, background: true }),
      dialect: 'openai',
    },
  ],
  [
    'compaction',
    {
      path: `${RESPONSES}/compact`,
      body: responsesBody('x', { model: CLAUDE }),
      dialect: 'openai',
    },
  ],
  [
    'Completions',
    { path: '/v1/completions', body: { model: GPT, prompt: 'x' }, dialect: 'openai' },
  ],
  [
    'Completions, streamed',
    { path: '/v1/completions', body: { model: GPT, prompt: 'x', ...stream }, dialect: 'openai' },
  ],
  [
    'embeddings',
    {
      path: '/v1/embeddings',
      body: { model: 'text-embedding-3-small', input: 'x' },
      dialect: 'openai',
    },
  ],
  ['Messages', { path: MESSAGES, body: messagesBody(), dialect: 'anthropic' }],
  ['Messages, streamed', { path: MESSAGES, body: messagesBody('x', stream), dialect: 'anthropic' }],
  [
    'Messages, translated and streamed',
    { path: MESSAGES, body: messagesBody('x', { model: GPT, ...stream }), dialect: 'anthropic' },
  ],
  [
    'Gemini',
    {
      path: `/v1beta/models/${CLAUDE}:generateContent`,
      body: GEMINI_BODY,
      dialect: 'gemini',
    },
  ],
  [
    'Gemini, streamed',
    {
      path: `/v1beta/models/${GPT}:streamGenerateContent?alt=sse`,
      body: GEMINI_BODY,
      dialect: 'gemini',
    },
  ],
]
