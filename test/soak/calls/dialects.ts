/** A generation call in each dialect of HTTP. */
import { KEYS, signToken } from '../callers.ts'
import type { Call } from './call.ts'

export interface Generation {
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: object
}

type Write = (model: string, text: string, stream: boolean) => Generation

export const VERSION = { 'anthropic-version': '2023-06-01' }

const streamed = (stream: boolean) => (stream ? { stream } : {})

export const chat: Write = (model, text, stream) => ({
  path: '/v1/chat/completions',
  body: { model, messages: [{ role: 'user', content: text }], ...streamed(stream) },
})

export const messages: Write = (model, text, stream) => ({
  path: '/v1/messages',
  headers: VERSION,
  body: {
    model,
    max_tokens: 256,
    messages: [{ role: 'user', content: text }],
    ...streamed(stream),
  },
})

const responses: Write = (model, text, stream) => ({
  path: '/v1/responses',
  body: { model, input: text, store: false, ...streamed(stream) },
})

const completions: Write = (model, text, stream) => ({
  path: '/v1/completions',
  body: {
    model: model === GPT ? 'openai/gpt-3.5-turbo-instruct' : model,
    prompt: text,
    ...streamed(stream),
  },
})

export const gemini: Write = (model, text, stream) => ({
  path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: { contents: [{ role: 'user', parts: [{ text }] }] },
})

export const WRITERS = [chat, messages, responses, completions, gemini]

export const GPT = 'openai/gpt-4o'
export const CLAUDE = 'anthropic/claude-sonnet-4-5-20250929'
export const GEMINI = 'gemini/gemini-2.5-flash'

/** Each is relayed in one dialect, and translated in the others. */
export const MODELS = [GPT, CLAUDE, GEMINI]
/** Completions are for one model of OpenAI's alone, and chat models for the others. */
export const OTHERS = ['counted/gpt-4o', 'demo/echo', 'either']

const TOKEN_SUBJECTS = 50

/** A caller that nothing refuses. */
export const pickCaller = ({ random, number }: Call): string =>
  random.chance(0.2)
    ? signToken(`user-${random.below(TOKEN_SUBJECTS)}`, number)
    : random.pick([KEYS.ann, KEYS.ben])

const WORDS = 'the quick brown fox counts tokens of an ordinary text and says what it was asked '

/** Of any length up to a few hundred characters. */
export const toWords = ({ random, tag }: Call): string =>
  `[[say ${WORDS.repeat(1 + random.below(4))}]] ${tag}`
