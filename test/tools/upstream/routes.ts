/** Which vendor answers at a path, and how. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Answer, AnswerUsage, ProtocolName } from './answers/answer.ts'
import { anthropicErrorOf, anthropicRefusal } from './messages/anthropic-errors.ts'
import { speakChat } from './chat/answers.ts'
import { checkChat } from './chat/rules.ts'
import { speakCompletions } from './completions/answers.ts'
import { checkCompletions } from './completions/rules.ts'
import { countInput } from './answers/counts.ts'
import { speakEmbeddings } from './embeddings/answers.ts'
import { checkEmbeddingsRequest } from './embeddings/rules.ts'
import { findGeminiRoute } from './gemini/routes.ts'
import { checkAnthropicKey, checkOpenaiKey } from './keys.ts'
import type { UpstreamKeys } from './keys.ts'
import type { Memory } from './memory.ts'
import { speakMessages } from './messages/answers.ts'
import { countCached } from './messages/prompt-cache.ts'
import { checkCountTokens, checkMessages, checkVersion } from './messages/rules.ts'
import { isThought, sealOf } from './messages/thinking.ts'
import {
  findAnthropicModel,
  findOpenaiModel,
  listAnthropicModels,
  listOpenaiModels,
  toAnthropicModel,
  toOpenaiModel,
} from './models.ts'
import { openaiErrorOf, openaiRefusal } from './answers/openai-errors.ts'
import { unknownModel } from './requests/openai-tools.ts'
import type { Refusal } from './answers/refusal.ts'
import { speakCompacted, speakResponses } from './responses/answers.ts'
import { checkResponses, rememberResponse } from './responses/rules.ts'
import { findVisit, keepResponse } from './responses/visits.ts'
import { isObject } from './requests/shape.ts'
import type { Body } from './requests/shape.ts'
import type { Sealer } from './answers/signatures.ts'
import type { Speak, Speech } from './answers/speech.ts'
import { rememberThread } from './messages/threads.ts'

export interface RouteContext {
  keys: UpstreamKeys
  memory: Memory
  sealer: Sealer
  models: readonly string[]
  messageFields: readonly string[]
  threads: boolean
}

type Headers = Record<string, string>

export interface Vendor {
  headers(createId: (prefix: string, digits?: number) => string): Headers
  admit(headers: IncomingHttpHeaders, context: RouteContext): void
  malformed(detail: string): Refusal
  /** The vendor's body for a status; some name the request in it. */
  errorOf(status: number, headers: Headers): object
  complete(body: object, headers: Headers): object
}

export interface Generation {
  protocol: ProtocolName
  speak: Speak
  /** Refuses the body, or gives it as the model sees it. */
  prepare(body: unknown, headers: IncomingHttpHeaders, context: RouteContext): Body
  remember(body: Body, speech: Speech, answer: Answer, context: RouteContext): void
  /** What the prompt cache does with the body. */
  cached?(body: Body, context: RouteContext): Partial<AnswerUsage>
}

export type Route = { vendor: Vendor } & (
  | { generate: Generation; answer?: undefined }
  | {
      generate?: undefined
      answer(body: unknown, headers: IncomingHttpHeaders, context: RouteContext): object
    }
)

const openai: Vendor = {
  headers: (createId) => ({
    'x-request-id': createId('req_', 32),
    'openai-version': '2020-10-01',
    'openai-processing-ms': '12',
  }),
  admit: (headers, { keys }) => checkOpenaiKey(headers, keys),
  malformed: (detail) =>
    openaiRefusal(
      `We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON: ${detail})`,
    ),
  errorOf: openaiErrorOf,
  complete: (body) => body,
}

const named = (body: object, headers: Headers) => ({ ...body, request_id: headers['request-id'] })

const anthropic: Vendor = {
  headers: (createId) => ({
    'request-id': createId('req_', 24),
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000001',
  }),
  admit: (headers, { keys }) => checkAnthropicKey(headers, keys),
  malformed: (detail) => anthropicRefusal(`The request body is not valid JSON: ${detail}`),
  errorOf: (status, headers) => named(anthropicErrorOf(status), headers),
  complete: named,
}

const chat: Generation = {
  protocol: 'chat',
  speak: speakChat,
  prepare: (body, _headers, context) => checkChat(body, context),
  remember(_body, _speech, { parts = [] }, { memory }) {
    const reasoning = parts.map((part) => ('reasoning' in part ? part.reasoning : '')).join('')
    if (reasoning) memory.spoken.add(reasoning)
  },
}

const responses: Generation = {
  protocol: 'responses',
  speak: speakResponses,
  prepare: (body, _headers, context) => checkResponses(body, context),
  remember(body, speech, _answer, context) {
    rememberResponse(body, speech.whole as Body, context)
    keepResponse(body, speech, context)
  },
}

const compaction: Generation = {
  protocol: 'responses',
  speak: speakCompacted,
  prepare: (body, _headers, context) => checkResponses(body, context),
  remember() {},
}

const messages: Generation = {
  protocol: 'messages',
  speak: speakMessages,
  cached: (body, { memory }) => countCached(body, memory),
  prepare: checkMessages,
  remember(body, speech, _answer, context) {
    const message = speech.toJson() as Body
    const content = Array.isArray(message.content) ? message.content.filter(isObject) : []
    const seals = content.filter(isThought).map(sealOf)
    for (const { type, id } of content)
      if (type === 'tool_use') context.memory.thoughts.set(String(id), seals)
    rememberThread(body, message, context)
  },
}

const completions: Generation = {
  protocol: 'completions',
  speak: speakCompletions,
  prepare: (body, _headers, context) => checkCompletions(body, context),
  remember() {},
}

const embeddings: Generation = {
  protocol: 'embeddings',
  speak: speakEmbeddings,
  prepare: (body, _headers, context) => checkEmbeddingsRequest(body, context),
  remember() {},
}

const notAllowed = (vendor: Vendor): Route => ({
  vendor,
  answer() {
    throw vendor === openai
      ? openaiRefusal('Not allowed to POST on this path with this method.', { status: 405 })
      : anthropicRefusal('Method Not Allowed', { status: 405 })
  },
})

const GENERATIONS: Record<string, { vendor: Vendor; generate: Generation }> = {
  '/v1/chat/completions': { vendor: openai, generate: chat },
  '/v1/completions': { vendor: openai, generate: completions },
  '/v1/embeddings': { vendor: openai, generate: embeddings },
  '/v1/responses': { vendor: openai, generate: responses },
  '/v1/responses/compact': { vendor: openai, generate: compaction },
  '/v1/messages': { vendor: anthropic, generate: messages },
}

const countTokens: Route = {
  vendor: anthropic,
  answer(given, headers, context) {
    const body = checkCountTokens(given, headers, context)
    return {
      input_tokens: countInput(body),
      ...(body.context_management !== undefined && {
        context_management: { original_input_tokens: countInput(body) },
      }),
    }
  },
}

const openaiModels = (id: string): Route => ({
  vendor: openai,
  answer(_body, _headers, { models }) {
    if (!id) return listOpenaiModels(models)
    if (!findOpenaiModel(id) && !models.includes(id)) throw unknownModel(id)
    return toOpenaiModel(id)
  },
})

const anthropicModels = (id: string): Route => ({
  vendor: anthropic,
  answer(_body, headers, { models }) {
    checkVersion(headers)
    if (!id) return listAnthropicModels(models)
    if (!findAnthropicModel(id) && !models.includes(id))
      throw anthropicRefusal(`model: ${id}`, { status: 404 })
    return toAnthropicModel(id)
  },
})

const unknown = (method: string, path: string, vendor: Vendor): Route => ({
  vendor,
  answer() {
    throw vendor === openai
      ? openaiRefusal(`Invalid URL (${method} ${path})`, { status: 404 })
      : anthropicRefusal('Not Found', { status: 404 })
  },
})

export const findRoute = (
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
  query = '',
): Route => {
  const google = findGeminiRoute(method, path, headers, query)
  if (google) return google
  const isAnthropic = headers['anthropic-version'] !== undefined
  const generation = GENERATIONS[path]
  if (generation) return method === 'POST' ? generation : notAllowed(generation.vendor)
  const visit = findVisit(method, path, query)
  if (visit) return { vendor: openai, answer: (_body, _headers, context) => visit(context) }
  if (path === '/v1/messages/count_tokens')
    return method === 'POST' ? countTokens : notAllowed(anthropic)
  const models = /^\/v1\/models(?:\/(?<id>.+))?$/.exec(path)
  if (models && method === 'GET') {
    const id = decodeURIComponent(models.groups?.id ?? '')
    return isAnthropic ? anthropicModels(id) : openaiModels(id)
  }
  return unknown(method, path, isAnthropic || path.startsWith('/v1/messages') ? anthropic : openai)
}
