/** What is wrong with an answer to a mutant, if anything is. */
import {
  checkChatAnswer,
  checkChatError,
  checkChatStream,
  checkCompletionsAnswer,
  checkCompletionsStream,
  checkEmbeddings,
  checkGeminiAnswer,
  checkGeminiError,
  checkGeminiStream,
  checkMessagesAnswer,
  checkMessagesError,
  checkMessagesStream,
  checkResponsesAnswer,
  checkResponsesStream,
} from '../tools/checkers/index.ts'
import {
  anything,
  count,
  filled,
  flag,
  list,
  nullable,
  number,
  oneOf,
  record,
  seconds,
} from '../tools/checkers/shape.ts'
import type { Exchange, Reply } from './exchange.ts'
import { CALLER_KEY, type Mutant } from './mutants.ts'
import { isInPath, type RouteName } from './routes.ts'

type Routed = Mutant & { readonly route: RouteName }

interface Dialect {
  error(body: unknown): string[]
  answer?(body: unknown, expect: { model?: string }): string[]
  stream?(bytes: Buffer, expect: { model?: string }): string[]
  /** Providers that speak it: their answers are given on as they are. */
  readonly relayedBy?: RegExp
}

const openaiModel = record({
  id: filled,
  object: oneOf('model'),
  created: seconds,
  owned_by: filled,
})
const anthropicModel = record({ type: oneOf('model'), id: filled, display_name: filled })
const openaiList = record({ object: oneOf('list'), data: list(openaiModel) })
const anthropicList = record({
  data: list(anthropicModel),
  has_more: flag,
  first_id: nullable(filled),
  last_id: nullable(filled),
})
const counted = record({ input_tokens: count })
const inputTokens = record({ object: oneOf('response.input_tokens'), input_tokens: count })
const promised = record({
  id: filled,
  object: oneOf('response'),
  created_at: seconds,
  status: oneOf('queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled'),
  output: list(record({ type: filled })),
})
const compacted = record({
  id: filled,
  object: oneOf('response.compaction'),
  created_at: seconds,
  output: list(record({ type: filled })),
  usage: record({ input_tokens: count, output_tokens: count, total_tokens: count }),
})
const totalTokens = record({ totalTokens: count, 'promptTokensDetails?': list(anything) })
const embedded = record({
  embedding: record({ values: list(number) }),
  'usageMetadata?': record({ promptTokenCount: count }),
})

const OPENAI = /^(?:openai|counted)\//
const GOOGLE = /^gemini\//

const RESPONSES: Dialect = {
  error: checkChatError,
  answer: checkResponsesAnswer,
  stream: checkResponsesStream,
  relayedBy: OPENAI,
}
const GEMINI: Dialect = {
  error: checkGeminiError,
  answer: checkGeminiAnswer,
  stream: checkGeminiStream,
  relayedBy: GOOGLE,
}

const POSTS: Readonly<Partial<Record<RouteName, Dialect>>> = {
  chat: {
    error: checkChatError,
    answer: checkChatAnswer,
    stream: checkChatStream,
    relayedBy: OPENAI,
  },
  messages: {
    error: checkMessagesError,
    answer: checkMessagesAnswer,
    stream: checkMessagesStream,
    relayedBy: /^anthropic\//,
  },
  count_tokens: { error: checkMessagesError, answer: (body) => counted(body, '', false) },
  responses: RESPONSES,
  responses_translated: RESPONSES,
  background: {
    error: checkChatError,
    answer: (body) => promised(body, '', false),
    // The demo says who it is once it answers.
    stream: (bytes) => checkResponsesStream(bytes),
    relayedBy: OPENAI,
  },
  compact: { error: checkChatError, answer: (body) => compacted(body, '', false) },
  input_tokens: { error: checkChatError, answer: (body) => inputTokens(body, '', false) },
  completions: {
    error: checkChatError,
    answer: checkCompletionsAnswer,
    stream: checkCompletionsStream,
    relayedBy: OPENAI,
  },
  embeddings: { error: checkChatError, answer: checkEmbeddings, relayedBy: OPENAI },
  gemini: GEMINI,
  gemini_stream: GEMINI,
  gemini_count: { error: checkGeminiError, answer: (body) => totalTokens(body, '', false) },
  gemini_embed: { error: checkGeminiError, answer: (body) => embedded(body, '', false) },
}

const POSTED_TO_RESPONSES = /^POST \/v1\/responses\/(?:compact|input_tokens)[? ]/

const dialectOf = ({ route, bytes }: Routed): Dialect => {
  const post = POSTS[route]
  if (post) return post
  // A path that was changed may have become that of a route with a language of its own.
  const isAnthropic =
    bytes.includes('anthropic-version') && !POSTED_TO_RESPONSES.test(bytes.toString('latin1'))
  const [one, many] = isAnthropic ? [anthropicModel, anthropicList] : [openaiModel, openaiList]
  return {
    error: isAnthropic ? checkMessagesError : checkChatError,
    answer: (body) => (route === 'models' ? many : one)(body, '', false),
  }
}

export const STATUSES: ReadonlySet<number> = new Set([
  200, 204, 400, 401, 403, 404, 405, 408, 413, 417, 426, 429, 431, 502, 503, 504, 508, 529,
])

/** A broken answer that is relayed stays broken, as far as it came. */
const BROKEN = /\[\[(?:garble|cut|error|html|call)/

export const SECRETS = ['sk-upstream-openai', 'sk-ant-upstream', 'AIza-upstream-gemini', CALLER_KEY]

const decoder = new TextDecoder('utf-8', { fatal: true })

export const toWellFormed = (bytes: Buffer): string | undefined => {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

export const toJson = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** A tunnel is never offered, and a request of which the end was waited for may be given up. */
export const judgeClose = ({ isSound, bytes }: Mutant, ended: boolean): string[] => {
  const mayClose = !isSound && (ended || bytes.includes('CONNECT '))
  return mayClose ? [] : ['the connection was closed without an answer']
}

export const judge = (mutant: Routed, { reply, ended, fault }: Exchange): string[] => {
  if (fault !== undefined) return [fault]
  if (!reply) return judgeClose(mutant, ended)
  // An upstream may fail in any way: the log shows whether it was an upstream that failed.
  if (!STATUSES.has(reply.status) && !reply.headers.has('x-sluice-target'))
    return [`the status is ${reply.status} where no upstream was asked`]
  const text = toWellFormed(reply.body)
  if (text === undefined) return ['the answer is not valid UTF-8']
  const leak = SECRETS.find((secret) => text.includes(secret))
  if (leak !== undefined) return [`the answer holds ${leak}`]
  if (!mutant.isSound) return judgeUnsound(reply, text)
  return reply.status === 200 ? judgeAnswer(mutant, reply, text) : judgeError(mutant, reply, text)
}

/** Whatever became of its route, an error is an error in one of the dialects. */
export const judgeUnsound = ({ status, body }: Reply, text: string): string[] => {
  if (status < 300 || body.length === 0) return []
  const told = toJson(text)
  // Gemini's stream that is not asked for as events is a list, and so is its refusal.
  const error: unknown = Array.isArray(told) && told.length === 1 ? told[0] : told
  const verdicts = [checkChatError, checkMessagesError, checkGeminiError].map((check) =>
    check(error),
  )
  return verdicts.some((violations) => violations.length === 0) ? [] : (verdicts[0] ?? [])
}

const judgeError = (mutant: Routed, { headers }: Reply, text: string): string[] => {
  const type = headers.get('content-type')
  if (type !== 'application/json') return [`the content-type of an error is ${type}`]
  return dialectOf(mutant).error(toJson(text))
}

const judgeAnswer = (mutant: Routed, { headers, body }: Reply, text: string): string[] => {
  const dialect = dialectOf(mutant)
  const isStream = headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const target = headers.get('x-sluice-target')?.replace('%2F', '/') ?? ''
  const isRelayed = dialect.relayedBy?.test(target) ?? false
  const violations = judgeAgreement(mutant, isStream)
  if (violations.length > 0) return violations
  if (isRelayed && BROKEN.test(JSON.stringify(toJson(mutant.body.toString())))) return []
  const model = headers.get('x-sluice-model')
  // A name that no header can hold is shown in another spelling, and a long one in part.
  const isTold = !isRelayed && !target.startsWith('demo/') && model && !/%|.{250}/.test(model)
  const expect = isTold ? { model } : {}
  return (
    (isStream ? dialect.stream?.(body, expect) : dialect.answer?.(toJson(text), expect)) ?? [
      'a stream was not asked for',
    ]
  )
}

/** Undefined where nothing is asked for that could be a stream. */
const streamsOf = (route: RouteName, asked: object): boolean | undefined => {
  if (!POSTS[route]?.stream) return undefined
  if (isInPath(route)) return route === 'gemini_stream'
  return 'stream' in asked && asked.stream === true
}

/** Only what was asked for, and only of a body that is JSON. */
const judgeAgreement = ({ route, body }: Routed, isStream: boolean): string[] => {
  if (!POSTS[route]) return []
  const asked = toJson(body.toString())
  if (typeof asked !== 'object' || asked === null) return ['a body that is no JSON was answered']
  const wantsStream = streamsOf(route, asked)
  if (wantsStream === undefined || wantsStream === isStream) return []
  return [isStream ? 'a stream was not asked for' : 'the stream asked for did not come']
}
