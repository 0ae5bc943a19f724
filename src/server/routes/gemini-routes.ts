/** Paths of Gemini's clients. They name the model, and what is wanted of it behind a colon. */
import type { Named } from '#gateway'
import { gemini, geminiBatchEmbedContents, geminiEmbedContent } from '#protocols'
import type { Entry, Route } from './route.ts'

const PREFIX = /^(?<vendor>\/gemini)?\/v1(?<beta>beta|alpha)?\/models(?=\/|$)/

type ToRoute = (model: string) => Route

const generate =
  (method: string, stream: boolean): ToRoute =>
  (model) => ({
    kind: 'generate',
    protocol: gemini,
    name: `/v1beta/models:${method}`,
    // The client's own query goes with it.
    toPath: (target) => gemini.toPath(target, stream).replace(/\?.*$/, ''),
    named: { model, stream },
  })

const METHODS: Readonly<Record<string, ToRoute>> = {
  generateContent: generate('generateContent', false),
  streamGenerateContent: generate('streamGenerateContent', true),
  countTokens: (model) => ({
    kind: 'count-tokens',
    protocol: gemini,
    name: '/v1beta/models:countTokens',
    toPath: (target) => gemini.counting?.toPath(target) ?? '',
    named: { model, stream: false },
  }),
  embedContent: (model) => ({
    kind: 'embed',
    protocol: gemini,
    embedding: geminiEmbedContent,
    name: '/v1beta/models:embedContent',
    toPath: geminiEmbedContent.toPath,
    named: { model, stream: false },
  }),
  batchEmbedContents: (model) => ({
    kind: 'embed',
    protocol: gemini,
    embedding: geminiBatchEmbedContents,
    name: '/v1beta/models:batchEmbedContents',
    toPath: geminiBatchEmbedContents.toPath,
    named: { model, stream: false },
  }),
}

/** Undefined where the path is none of Gemini's alone: `/v1/models` is everybody's. */
export const toGeminiEntry = (path: string): Entry | undefined => {
  const found = PREFIX.exec(path)
  if (!found) return undefined
  const isOwn = found.groups?.['vendor'] !== undefined || found.groups?.['beta'] !== undefined
  const id = toId(path.slice(found[0].length + 1))
  if (id === undefined) return undefined
  if (id === '') return isOwn ? { methods: ['GET', 'HEAD'], route: { kind: 'models' } } : undefined
  const colon = id.lastIndexOf(':')
  const method = id.slice(colon + 1)
  const toRoute = colon > 0 && Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
  if (toRoute) return { methods: ['POST'], route: toRoute(id.slice(0, colon)) }
  return isOwn ? { methods: ['GET', 'HEAD'], route: { kind: 'model', id } } : undefined
}

/** Ids hold slashes, written as they are or encoded, and some clients put Google's `models/` in front. */
const toId = (below: string): string | undefined => {
  try {
    return decodeURIComponent(below).replace(/^models\//, '')
  } catch {
    return undefined
  }
}

/** Whether a caller of this path expects Gemini's language. */
export const isGemini = (path: string): boolean =>
  /^\/(?:gemini|v1beta|v1alpha)(?:\/|$)/.test(path) || toGeminiEntry(path) !== undefined

/** A stream that is not asked for as events is a JSON list: it is answered at once, as a list of one. */
export const wantsList = (named: Named | undefined, query: string): boolean =>
  named?.stream === true && new URLSearchParams(query).get('alt') !== 'sse'
