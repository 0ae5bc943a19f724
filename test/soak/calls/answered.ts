/** Calls that are answered completely, in every dialect: streamed and not, relayed and translated. */
import { gzipSync } from 'node:zlib'
import type { Asking } from '../ask.ts'
import { as, type Call, type Kind } from './call.ts'
import {
  chat,
  CLAUDE,
  gemini,
  type Generation,
  GEMINI,
  GPT,
  messages,
  MODELS,
  OTHERS,
  pickCaller,
  toWords,
  VERSION,
  WRITERS,
} from './dialects.ts'

export const send = (
  call: Call,
  key: string,
  { path, headers, body }: Generation,
  more: Omit<Asking, 'headers' | 'body'> = {},
) =>
  call.ask(path, {
    headers: { ...as(key, call), ...headers },
    body,
    alone: call.random.chance(0.4),
    ...more,
  })

/** @returns the row that it has. */
const expectAnswer = async (call: Call, key: string, asked: Generation): Promise<1> => {
  const { status, broken, text } = await send(call, key, asked)
  if (status !== 200 || broken)
    call.fail(`${asked.path}: ${broken ? 'broke off after' : 'status'} ${status}: ${text}`)
  return 1
}

const STREAMED = 0.6
const TELLS_COST = { 'x-sluice-cost': 'stream' }

const generate: Kind = {
  share: 420,
  make(call) {
    const { random } = call
    const write = random.pick(WRITERS)
    const model = random.chance(0.15) && write === chat ? random.pick(OTHERS) : random.pick(MODELS)
    const pace = random.chance(0.2) ? `[[pace ${1 + random.below(3)}]] ` : ''
    const asked = write(model, pace + toWords(call), random.chance(STREAMED))
    const headers = { ...asked.headers, ...(random.chance(0.2) ? TELLS_COST : {}) }
    return expectAnswer(call, pickCaller(call), { ...asked, headers })
  },
}

const embed: Kind = {
  share: 35,
  make(call) {
    const model = call.random.pick([
      'openai/text-embedding-3-small',
      'gemini/gemini-embedding-001',
      'demo/embed',
    ])
    const { tag } = call
    const asked = call.random.chance(0.6)
      ? { path: '/v1/embeddings', body: { model, input: [tag, 'two'], dimensions: 8 } }
      : {
          path: `/v1beta/models/${model}:embedContent`,
          body: { content: { parts: [{ text: tag }] } },
        }
    return expectAnswer(call, pickCaller(call), asked)
  },
}

/** At the upstream that can count, and otherwise in a thread of Sluice. */
const count: Kind = {
  share: 35,
  make(call) {
    const model = call.random.pick(MODELS)
    const text = `${toWords(call)} `.repeat(1 + call.random.below(20))
    const { path, body } = call.random.pick([gemini, messages])(model, text, false)
    const { max_tokens: _, ...counted } = body as { max_tokens?: number }
    const asked = path.startsWith('/v1/messages')
      ? { path: '/v1/messages/count_tokens', headers: VERSION, body: counted }
      : { path: path.replace('generateContent', 'countTokens'), body: counted }
    const other = { path: '/v1/responses/input_tokens', body: { model, input: text } }
    return expectAnswer(call, pickCaller(call), call.random.chance(0.7) ? asked : other)
  },
}

const compact: Kind = {
  share: 8,
  make: (call) =>
    expectAnswer(call, pickCaller(call), {
      path: '/v1/responses/compact',
      body: { model: call.random.pick([GPT, CLAUDE, GEMINI]), input: toWords(call) },
    }),
}

const upload: Kind = {
  share: 15,
  async make(call) {
    const text = `${'Much was said before. '.repeat(200 + call.random.below(2_000))}${toWords(call)}`
    const { path, headers, body } = messages(call.random.pick(MODELS), text, false)
    const key = pickCaller(call)
    const { status } = await call.ask(path, {
      headers: { ...as(key, call), ...headers, 'content-encoding': 'gzip' },
      body: gzipSync(JSON.stringify(body)),
    })
    if (status !== 200) call.fail(`a compressed upload: status ${status}`)
    return 1
  },
}

export const ANSWERED: Readonly<Record<string, Kind>> = { generate, embed, count, compact, upload }
