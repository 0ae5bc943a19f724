/** Sluice in front of an upstream that plays all vendors, with the settlement of every call. */
import type { AppOptions } from '#app'
import type { Settlement } from '#model'
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
import { sluiceForTest, upstreamForTest } from '../app/house.ts'
import { anthropicAt, geminiAt, openaiAt } from '../app/start-sluice.ts'
import { startRealtime } from '../server/websocket/start-realtime.ts'

const GEMINI = 'gemini-2.5-pro'

/** Makes settlers that keep what they are given. */
const keepSettlements = () => {
  const settlements: Settlement[] = []
  const settlers = [(settlement: Settlement) => void settlements.push(settlement)]
  return { settlements, settlers }
}

export const startSettled = async (
  options: Partial<AppOptions> | ((upstreamUrl: string) => Partial<AppOptions>) = {},
) => {
  const { settlements, settlers } = keepSettlements()
  const upstream = await upstreamForTest()
  const { url } = upstream
  const sluice = await sluiceForTest({
    providers: [openaiAt(url), anthropicAt(url), geminiAt(url)],
    settlers,
    ...(typeof options === 'function' ? options(url) : options),
  })
  return { upstream, sluice, settlements }
}

export const startSettledRealtime = async (options: Partial<AppOptions> = {}) => {
  const { settlements, settlers } = keepSettlements()
  const upstream = await startRealtime()
  const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)], settlers, ...options })
  return { upstream, sluice, settlements }
}

/** Prices that make every kind of model cost something: $1 for a million tokens of input, $2 of output. */
export const FLAT: NonNullable<AppOptions['prices']> = [
  { target: '*/*', rates: { input: 1, output: 2 } },
]

export type Ask = (
  model: string,
  stream: boolean,
  text?: string,
) => { readonly path: string; readonly body: object }

/** One request in each dialect. */
export const ASKS: Readonly<Record<string, Ask>> = {
  Chat: (model, stream, text) => ({ path: CHAT, body: chatBody(text, { model, stream }) }),
  'Chat with usage': (model, stream, text) => ({
    path: CHAT,
    body: chatBody(text, {
      model,
      stream,
      ...(stream && { stream_options: { include_usage: true } }),
    }),
  }),
  Messages: (model, stream, text) => ({
    path: MESSAGES,
    body: messagesBody(text, { model, stream }),
  }),
  Responses: (model, stream, text) => ({
    path: RESPONSES,
    body: responsesBody(text, { model, stream }),
  }),
  Gemini: (model, stream, text = 'hello') => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { contents: [{ role: 'user', parts: [{ text }] }] },
  }),
}

export const ask = (dialect: string, ...asked: Parameters<Ask>): ReturnType<Ask> => {
  const make = ASKS[dialect]
  if (!make) throw new Error(`no dialect ${dialect}`)
  return make(...asked)
}

export const TARGETS = {
  openai: `openai/${GPT}`,
  anthropic: `anthropic/${CLAUDE}`,
  gemini: `gemini/${GEMINI}`,
} as const

/** The header of a client that asks for the cost of a stream. */
export const RUNNING_COST = { 'x-sluice-cost': 'stream' } as const

/** An answer that takes a while. */
export const WORDS = { parts: [{ text: 'word '.repeat(200) }], paceMs: 1, pieces: 40 }

/** The costs in a stream, in either form: a comment, or a field of an event. */
export const costsIn = (text: string): number[] =>
  [...text.matchAll(/^: cost ([\d.]+)$|"sluiceCost":([\d.]+)\}\r?$/gm)].map(([, comment, field]) =>
    Number(comment ?? field),
  )
