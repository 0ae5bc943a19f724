/** What a client of each dialect sees of an answer: whether it is legal, and how it ended. */
import type { Received } from '../../tools/app/send.ts'
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
} from '../../tools/checkers/index.ts'
import type { Column } from './errors-page.ts'

type Json = Readonly<Record<string, unknown>>

/** An error as the client reads it, in the words of its dialect. */
export interface ToldError {
  readonly status?: number
  readonly type?: string
  readonly code?: string | null
  readonly message: string
}

export interface Seen {
  /** Of the answer, or of the frame that ends a call. */
  readonly status: number
  readonly end: 'complete' | 'cut' | ToldError
  /** Whether the failure came after the status of a stream. */
  readonly inStream: boolean
  readonly body: Json
  readonly violations: readonly string[]
  readonly retryAfter?: string | undefined
  readonly attempts?: number
}

export interface Dialect {
  readonly name: string
  readonly column: Column
  readonly checkError: (body: unknown) => string[]
  readonly checkAnswer: (body: unknown) => string[]
  readonly checkStream: (bytes: Buffer, isRelayed: boolean) => string[]
  /** How a stream ended, by its last event. */
  readonly endOf: (last: Json, isDone: boolean) => Seen['end'] | undefined
}

const asJson = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const toldByOpenai = (error: Json, status?: number): ToldError => ({
  ...(status !== undefined && { status }),
  ...(error.type !== undefined && { type: text(error.type) }),
  code: typeof error.code === 'string' ? error.code : null,
  message: text(error.message),
})

export const toldIn = (column: Column, body: Json, status?: number): ToldError => {
  const error = asJson(body.error)
  if (column === 'openai') return toldByOpenai(error, status)
  if (column === 'gemini')
    return {
      status: Number(error.code),
      type: text(error.status),
      message: text(error.message),
    }
  return {
    ...(status !== undefined && { status }),
    type: text(error.type),
    message: text(error.message),
  }
}

const half = (isRelayed: boolean) => ({ halfEventBeforeError: isRelayed })

export const CHAT_DIALECT: Dialect = {
  name: 'Chat Completions',
  column: 'openai',
  checkError: checkChatError,
  checkAnswer: checkChatAnswer,
  checkStream: (bytes, isRelayed) => checkChatStream(bytes, half(isRelayed)),
  endOf: (last, isDone) =>
    isDone ? 'complete' : last.error === undefined ? undefined : toldIn('openai', last),
}

export const COMPLETIONS_DIALECT: Dialect = {
  name: 'Completions',
  column: 'openai',
  checkError: checkChatError,
  checkAnswer: checkCompletionsAnswer,
  checkStream: (bytes, isRelayed) => checkCompletionsStream(bytes, half(isRelayed)),
  endOf(last, isDone) {
    if (!isDone) return undefined
    const [choice] = Array.isArray(last.choices) ? last.choices : []
    return asJson(choice).finish_reason === 'length' ? 'cut' : 'complete'
  },
}

export const RESPONSES_DIALECT: Dialect = {
  name: 'Responses',
  column: 'openai',
  checkError: checkChatError,
  checkAnswer: checkResponsesAnswer,
  checkStream: (bytes, isRelayed) => checkResponsesStream(bytes, half(isRelayed)),
  endOf(last) {
    if (last.type === 'response.completed') return 'complete'
    if (last.type !== 'response.failed') return undefined
    const { code, message } = asJson(asJson(last.response).error)
    return { code: text(code), message: text(message) }
  },
}

export const MESSAGES_DIALECT: Dialect = {
  name: 'Messages',
  column: 'anthropic',
  checkError: checkMessagesError,
  checkAnswer: checkMessagesAnswer,
  checkStream: (bytes, isRelayed) => checkMessagesStream(bytes, half(isRelayed)),
  endOf(last) {
    if (last.type === 'message_stop') return 'complete'
    return last.type === 'error' ? toldIn('anthropic', last) : undefined
  },
}

export const GEMINI_DIALECT: Dialect = {
  name: 'Gemini',
  column: 'gemini',
  checkError: checkGeminiError,
  checkAnswer: checkGeminiAnswer,
  checkStream: (bytes, isRelayed) => checkGeminiStream(bytes, half(isRelayed)),
  endOf: (last) => (last.error === undefined ? 'complete' : toldIn('gemini', last)),
}

export const EMBEDDINGS_DIALECT: Dialect = {
  ...CHAT_DIALECT,
  name: 'Embeddings',
  checkAnswer: checkEmbeddings,
}

/** For answers whose shape is judged elsewhere. */
export const unjudged = (dialect: Dialect): Dialect => ({ ...dialect, checkAnswer: () => [] })

const lastEvents = (stream: string): { last: Json; isDone: boolean } => {
  const data = [...stream.matchAll(/^data: ?(.+)$/gm)].map(([, line = '']) => line)
  const isDone = data.at(-1) === '[DONE]'
  const last = data.findLast((line) => line !== '[DONE]') ?? '{}'
  return { last: parse(last), isDone }
}

export const parse = (json: string): Json => {
  try {
    return asJson(JSON.parse(json))
  } catch {
    return {}
  }
}

/** Judges an answer over HTTP. */
export const look = (dialect: Dialect, answer: Received, isRelayed: boolean): Seen => {
  const { status, headers, json, bytes, text: whole, broken } = answer
  const seen = {
    status,
    body: json,
    retryAfter: headers['retry-after'],
    attempts: Number(headers['x-sluice-attempts']),
  }
  const isBroken = broken ? ['the connection broke off'] : []
  if (status !== 200)
    return {
      ...seen,
      end: toldIn(dialect.column, json, status),
      inStream: false,
      violations: [...isBroken, ...dialect.checkError(json)],
    }
  if (!headers['content-type']?.startsWith('text/event-stream'))
    return {
      ...seen,
      end: 'complete',
      inStream: false,
      violations: [...isBroken, ...dialect.checkAnswer(json)],
    }
  const { last, isDone } = lastEvents(whole)
  const end = dialect.endOf(last, isDone)
  const violations = [...isBroken, ...dialect.checkStream(bytes, isRelayed)]
  if (!end) violations.push(`the last event is ${JSON.stringify(last)}`)
  return { ...seen, end: end ?? 'cut', inStream: true, violations }
}
