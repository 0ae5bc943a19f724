/** Which path leads where. */
import type { Named } from '#gateway'
import { type Protocol, anthropicMessages, openaiChat, openaiResponses } from '#protocols'

export type Route =
  /** Answered before anybody is asked who they are. */
  | { readonly kind: 'health' | 'ready' | 'probe' }
  | {
      readonly kind: 'generate' | 'count-tokens'
      readonly protocol: Protocol
      /** For the log: `/v1/messages`. */
      readonly name: string
      /** Where an upstream that speaks the protocol has this route. */
      readonly toPath: (model: string) => string
      readonly named?: Named
    }
  | { readonly kind: 'models' }
  | { readonly kind: 'model'; readonly id: string }

interface Entry {
  readonly methods: readonly string[]
  readonly route: Route
}

const posts = (
  kind: 'generate' | 'count-tokens',
  protocol: Protocol,
  path: string,
): Readonly<Record<string, Entry>> => ({
  [path]: {
    methods: ['POST'],
    route: { kind, protocol, name: `/v1${path}`, toPath: () => path },
  },
})

/** Below `/v1`. */
const API: Readonly<Record<string, Entry>> = {
  ...posts('generate', openaiChat, '/chat/completions'),
  ...posts('generate', openaiResponses, '/responses'),
  ...posts('generate', anthropicMessages, '/messages'),
  ...posts('count-tokens', anthropicMessages, '/messages/count_tokens'),
  '/models': { methods: ['GET', 'HEAD'], route: { kind: 'models' } },
}

/** Asked by clients and by whoever watches over us. */
const OPEN: Readonly<Record<string, Entry>> = {
  '/': { methods: ['HEAD'], route: { kind: 'probe' } },
  '/api/hello': { methods: ['HEAD'], route: { kind: 'probe' } },
  '/health': { methods: ['GET', 'HEAD'], route: { kind: 'health' } },
  '/health/ready': { methods: ['GET', 'HEAD'], route: { kind: 'ready' } },
}

/** People put a vendor's name in front, as other gateways want it. */
const API_PREFIX = /^(?:\/openai|\/anthropic)?\/v1(?=\/)/
const MODEL_PREFIX = '/models/'

/** @returns the route, or the methods that the path would take: none where nothing is there. */
export const findRoute = (
  method: string,
  path: string,
): Route | { readonly allow: readonly string[] } => {
  const prefix = API_PREFIX.exec(path)?.[0]
  const below = prefix === undefined ? undefined : path.slice(prefix.length)
  const entry = below === undefined ? own(OPEN, path) : (own(API, below) ?? toModelEntry(below))
  if (!entry) return { allow: [] }
  return entry.methods.includes(method) ? entry.route : { allow: entry.methods }
}

const own = (table: Readonly<Record<string, Entry>>, path: string): Entry | undefined =>
  Object.hasOwn(table, path) ? table[path] : undefined

/** Ids hold slashes, written as they are or encoded. */
const toModelEntry = (below: string): Entry | undefined => {
  if (!below.startsWith(MODEL_PREFIX) || below.length === MODEL_PREFIX.length) return undefined
  try {
    const id = decodeURIComponent(below.slice(MODEL_PREFIX.length))
    return { methods: ['GET', 'HEAD'], route: { kind: 'model', id } }
  } catch {
    return undefined
  }
}

/** The language in which a caller of this path expects even a refusal. */
export const dialectOf = (path: string, anthropicVersion: unknown): Protocol =>
  path.includes('/messages') || path.startsWith('/anthropic') || anthropicVersion !== undefined
    ? anthropicMessages
    : openaiChat

/** A base URL that already ends in /v1, given to a client that adds its own. */
export const isDoubled = (path: string): boolean => /\/v1\/v1(?:\/|$)/.test(path)
