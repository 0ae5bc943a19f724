/** The paths of Gemini's clients, which contain the model and, after a colon, the action. */
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
    // The client's own query is added to the path.
    toPath: (target) => gemini.toPath(target, stream).replace(/\?.*$/, ''),
    named: { model, stream },
  })

/** By what follows the colon. */
export const METHODS: Readonly<Record<string, ToRoute>> = {
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

/** Undefined if the path is not specific to Gemini: all protocols share `/v1/models`. */
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

/** Ids may contain slashes, plain or encoded. Some clients prepend Google's `models/`. */
const toId = (below: string): string | undefined => {
  try {
    return decodeURIComponent(below).replace(/^models\//, '')
  } catch {
    return undefined
  }
}

/** Whether a caller of this path expects Gemini's dialect. */
export const isGemini = (path: string): boolean =>
  /^\/(?:gemini|v1beta|v1alpha)(?:\/|$)/.test(path) || toGeminiEntry(path) !== undefined

/** A stream without `alt=sse` is a JSON list. It is answered in one piece, as a list of one. */
export const wantsList = (named: Named | undefined, query: string): boolean =>
  named?.stream === true && new URLSearchParams(query).get('alt') !== 'sse'
