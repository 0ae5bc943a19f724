/** Finds the route of a path. */
import {
  type Protocol,
  anthropicMessages,
  openaiChat,
  openaiCompletions,
  openaiEmbeddings,
  openaiResponses,
} from '#protocols'
import type { Revisit } from '#responses'
import { toSessionEntry } from '../resources/session-routes.ts'
import { toGeminiEntry } from './gemini-routes.ts'
import type { Entry, Route } from './route.ts'

const posts = (
  kind: 'generate' | 'count-tokens' | 'compact',
  protocol: Protocol,
  path: string,
): Readonly<Record<string, Entry>> => ({
  [path]: {
    methods: ['POST'],
    route: { kind, protocol, name: `/v1${path}`, toPath: () => path },
  },
})

/** Below `/v1`. */
export const API: Readonly<Record<string, Entry>> = {
  ...posts('generate', openaiChat, '/chat/completions'),
  ...posts('generate', openaiResponses, '/responses'),
  ...posts('generate', openaiCompletions, '/completions'),
  ...posts('generate', anthropicMessages, '/messages'),
  ...posts('count-tokens', anthropicMessages, '/messages/count_tokens'),
  ...posts('count-tokens', openaiResponses, '/responses/input_tokens'),
  ...posts('compact', openaiResponses, '/responses/compact'),
  '/embeddings': {
    methods: ['POST'],
    route: {
      kind: 'embed',
      protocol: openaiChat,
      embedding: openaiEmbeddings,
      name: '/v1/embeddings',
      toPath: openaiEmbeddings.toPath,
    },
  },
  '/models': { methods: ['GET', 'HEAD'], route: { kind: 'models' } },
  '/usage': { methods: ['GET', 'HEAD'], route: { kind: 'usage' } },
}

/** For clients, browsers and monitoring, without authentication. */
export const OPEN: Readonly<Record<string, Entry>> = {
  '/': { methods: ['HEAD'], route: { kind: 'probe' } },
  '/api/hello': { methods: ['HEAD'], route: { kind: 'probe' } },
  '/health': { methods: ['GET', 'HEAD'], route: { kind: 'health' } },
  '/health/ready': { methods: ['GET', 'HEAD'], route: { kind: 'ready' } },
  '/docs': { methods: ['GET', 'HEAD'], route: { kind: 'docs' } },
}

/** For every caller, and of no protocol. */
export const COMMON: Readonly<Record<string, Entry>> = {
  '/openapi.json': { methods: ['GET', 'HEAD'], route: { kind: 'openapi' } },
}

/** For an admin key alone. */
export const ADMIN: Readonly<Record<string, Entry>> = {
  '/admin': { methods: ['GET', 'HEAD'], route: { kind: 'admin' } },
  '/admin/usage': { methods: ['GET', 'HEAD'], route: { kind: 'admin-usage' } },
  '/admin/audit': { methods: ['GET', 'HEAD'], route: { kind: 'admin-audit' } },
  '/metrics': { methods: ['GET', 'HEAD'], route: { kind: 'metrics' } },
  '/admin/routes/explain': { methods: ['GET', 'HEAD'], route: { kind: 'admin-explain' } },
}

/** Whether an admin key opens the path, even if there is no such route. */
export const isAdmin = (path: string): boolean =>
  path === '/admin' || path.startsWith('/admin/') || path === '/metrics'

/** Undefined if there is no such route, so that it contains nothing that a client has chosen. */
export const toAdminRoute = (path: string): string | undefined => own(ADMIN, path) && path

/** Some clients prepend the name of a vendor, as other gateways require. */
const API_PREFIX = /^(?:\/openai|\/anthropic)?\/v1(?=\/)/
const MODEL_PREFIX = '/models/'

/** @returns the route, or the methods that the path allows: none if the path does not exist. */
export const findRoute = (
  method: string,
  path: string,
): Route | { readonly allow: readonly string[] } => {
  const prefix = API_PREFIX.exec(path)?.[0]
  const below = prefix === undefined ? undefined : path.slice(prefix.length)
  const entry =
    toGeminiEntry(path) ??
    (below === undefined
      ? (own(OPEN, path) ?? own(COMMON, path) ?? own(ADMIN, path) ?? toSessionEntry(method, path))
      : (own(API, below) ?? toResponseEntry(method, below) ?? toModelEntry(below)))
  if (!entry) return { allow: [] }
  return entry.methods.includes(method) ? entry.route : { allow: entry.methods }
}

const own = (table: Readonly<Record<string, Entry>>, path: string): Entry | undefined =>
  Object.hasOwn(table, path) ? table[path] : undefined

const RESPONSE = /^\/responses\/(?<id>[A-Za-z0-9][\w.-]{0,255})(?<part>\/[a-z_]+)?$/

/** By what follows the id, and by the method. */
export const REVISITS: Readonly<Record<string, Readonly<Record<string, Revisit['kind']>>>> = {
  '': { GET: 'read', DELETE: 'delete' },
  '/input_items': { GET: 'input-items' },
  '/cancel': { POST: 'cancel' },
}

/** An earlier response. */
const toResponseEntry = (method: string, below: string): Entry | undefined => {
  const { id, part = '' } = RESPONSE.exec(below)?.groups ?? {}
  const kinds = Object.hasOwn(REVISITS, part) ? REVISITS[part] : undefined
  if (id === undefined || !kinds) return undefined
  const kind = (Object.hasOwn(kinds, method) && kinds[method]) || 'read'
  const name = `/v1/responses/{id}${part}`
  return {
    methods: Object.keys(kinds),
    route: { kind: 'revisit', revisit: { kind, id }, name, path: below },
  }
}

/** Ids may contain slashes, plain or encoded. */
const toModelEntry = (below: string): Entry | undefined => {
  if (!below.startsWith(MODEL_PREFIX) || below.length === MODEL_PREFIX.length) return undefined
  try {
    const id = decodeURIComponent(below.slice(MODEL_PREFIX.length))
    return { methods: ['GET', 'HEAD'], route: { kind: 'model', id } }
  } catch {
    return undefined
  }
}

/** The base URL already ends in /v1, and the client adds its own. */
export const isDoubled = (path: string): boolean => /\/v1\/v1(?:\/|$)/.test(path)

export const splitUrl = (url: string): { readonly path: string; readonly query: string } => {
  const mark = url.indexOf('?')
  return mark === -1
    ? { path: url, query: '' }
    : { path: url.slice(0, mark), query: url.slice(mark) }
}
