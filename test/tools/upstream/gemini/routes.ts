/** Google's paths: they have the model and the method, and the key is in a header. */
import type { IncomingHttpHeaders } from 'node:http'
import { countInput } from '../answers/counts.ts'
import { speakGemini } from './answers.ts'
import { speakGeminiEmbeddings, textsOf } from './embeddings.ts'
import { geminiErrorOf, geminiRefusal } from './errors.ts'
import { listGeminiModels, oneGeminiModel } from './models.ts'
import type { GeminiCall } from './models.ts'
import { checkBatchEmbed, checkCountTokens, checkEmbed, checkGenerate } from './rules.ts'
import { checkGeminiKey } from '../keys.ts'
import type { Generation, Route, Vendor } from '../routes.ts'

const gemini: Vendor = {
  headers: () => ({ 'server-timing': 'gfet4t7; dur=12' }),
  admit: (headers, { keys }) => checkGeminiKey(headers, keys),
  malformed: (detail) => geminiRefusal(`Invalid JSON payload received. ${detail}`),
  errorOf: geminiErrorOf,
  complete: (body) => body,
}

const generateContent = (call: GeminiCall, stream: boolean, asList: boolean): Generation => ({
  protocol: 'gemini',
  speak: speakGemini,
  prepare: (body, _headers, context) => ({
    ...checkGenerate(body, call, context),
    model: call.name,
    stream,
    asList,
  }),
  remember() {},
})

const embed = (call: GeminiCall, check: typeof checkEmbed): Generation => ({
  protocol: 'embeddings',
  speak: speakGeminiEmbeddings,
  prepare(given, _headers, context) {
    const body = check(given, call, context)
    return { ...body, model: call.name, input: textsOf(body) }
  },
  remember() {},
})

const countTokens = (call: GeminiCall): Route => ({
  vendor: gemini,
  answer(given, _headers, context) {
    const totalTokens = countInput(checkCountTokens(given, call, context))
    return { totalTokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: totalTokens }] }
  },
})

const METHODS: Record<string, (call: GeminiCall, isSse: boolean) => Route> = {
  generateContent: (call) => ({ vendor: gemini, generate: generateContent(call, false, false) }),
  streamGenerateContent: (call, isSse) => ({
    vendor: gemini,
    generate: generateContent(call, isSse, !isSse),
  }),
  countTokens,
  embedContent: (call) => ({ vendor: gemini, generate: embed(call, checkEmbed) }),
  batchEmbedContents: (call) => ({ vendor: gemini, generate: embed(call, checkBatchEmbed) }),
}

const unknown: Route = {
  vendor: gemini,
  answer() {
    throw geminiRefusal('Requested entity was not found.', { status: 404 })
  },
}

const modelsRoute = (id: string, version: string): Route => ({
  vendor: gemini,
  answer: (_body, _headers, { models }) =>
    id ? oneGeminiModel(id, version, models) : listGeminiModels(models),
})

const MODELS = /^\/(?<version>v1beta|v1)\/models(?:\/(?<name>[^:]+)(?::(?<method>\w+))?)?$/

/** `/v1/models` is Google's only to those who bring its key. */
export const findGeminiRoute = (
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
  query: string,
): Route | undefined => {
  const isGoogle = path.startsWith('/v1beta/') || headers['x-goog-api-key'] !== undefined
  const match = MODELS.exec(path)
  const { version = '', name = '', method: verb } = match?.groups ?? {}
  if (!match) return isGoogle ? unknown : undefined
  const id = decodeURIComponent(name)
  if (verb === undefined) {
    if (!isGoogle) return undefined
    return method === 'GET' ? modelsRoute(id, version) : unknown
  }
  const find = Object.hasOwn(METHODS, verb) ? METHODS[verb] : undefined
  const isSse = new URLSearchParams(query).get('alt') === 'sse'
  return method === 'POST' && find ? find({ name: id, version, method: verb }, isSse) : unknown
}
