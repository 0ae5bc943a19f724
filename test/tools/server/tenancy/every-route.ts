/**
 * A call of every route that Sluice serves, from its own tables: a route that is added there has no call here, and fails
 * the tests until it has one.
 */
import { SESSION_ROUTES } from '../../../../src/server/resources/session-routes.ts'
import { METHODS } from '../../../../src/server/routes/gemini-routes.ts'
import { ADMIN, API, COMMON, OPEN, REVISITS } from '../../../../src/server/routes/routes.ts'
import { chatBody, CLAUDE, GPT, messagesBody, responsesBody } from '../../app/asks.ts'

export interface RouteCall {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body?: Readonly<Record<string, unknown>>
}

type Bodies = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>

const GEMINI = 'gemini-2.5-flash'
const VECTORS = 'text-embedding-3-small'
const CONTENT = { role: 'user', parts: [{ text: 'hello' }] }

const counted = (model: string) => ({ ...messagesBody('hello', { model }), max_tokens: undefined })

/** Below `/v1`: relayed, translated, and as a stream. */
const BODIES: Bodies = {
  '/chat/completions': [
    chatBody(),
    chatBody('hello', { model: CLAUDE }),
    chatBody('hello', { stream: true }),
    chatBody('hello', { model: CLAUDE, stream: true }),
  ],
  '/responses': [
    responsesBody(),
    responsesBody('hello', { model: CLAUDE }),
    responsesBody('hello', { model: CLAUDE, stream: true }),
    responsesBody('hello', { model: CLAUDE, background: true }),
    responsesBody('hello', { background: true }),
  ],
  '/completions': [{ model: GPT, prompt: 'hello' }],
  '/messages': [
    messagesBody(),
    messagesBody('hello', { stream: true }),
    messagesBody('hello', { model: GPT }),
  ],
  '/messages/count_tokens': [counted(CLAUDE), counted(GPT)],
  '/responses/input_tokens': [responsesBody(), responsesBody('hello', { model: CLAUDE })],
  '/responses/compact': [responsesBody(), responsesBody('hello', { model: CLAUDE })],
  '/embeddings': [
    { model: VECTORS, input: 'hello' },
    { model: 'gemini-embedding-001', input: 'hello' },
  ],
}

const GEMINI_BODIES: Bodies = {
  generateContent: [{ contents: [CONTENT] }],
  streamGenerateContent: [{ contents: [CONTENT] }],
  countTokens: [{ contents: [CONTENT] }],
  embedContent: [{ content: CONTENT }],
  batchEmbedContents: [{ requests: [{ model: 'models/gemini-embedding-001', content: CONTENT }] }],
}

const bodiesOf = (bodies: Bodies, route: string): readonly Readonly<Record<string, unknown>>[] => {
  const found = bodies[route]
  if (!found) throw new Error(`add a call of the route ${route} here`)
  return found
}

const toName = (method: string, path: string, body: Readonly<Record<string, unknown>> = {}) =>
  `${method} ${path}${body.model === undefined ? '' : ` of ${String(body.model)}`}${body.stream === true ? ', streamed' : ''}${body.background === true ? ', in the background' : ''}`

const toCalls = (path: string, methods: readonly string[], bodies: Bodies, route: string) =>
  methods.flatMap((method): RouteCall[] =>
    method === 'POST'
      ? bodiesOf(bodies, route).map((body) => ({
          name: toName(method, path, body),
          method,
          path,
          body,
        }))
      : [{ name: toName(method, path), method, path }],
  )

const geminiPath = (method: string): string =>
  `/v1beta/models/${method.toLowerCase().includes('embed') ? 'gemini-embedding-001' : GEMINI}:${method}`

/** Routes that ask for a key. */
export const CALLER_ROUTES: readonly RouteCall[] = [
  ...Object.entries(API).flatMap(([below, { methods }]) =>
    toCalls(`/v1${below}`, methods, BODIES, below),
  ),
  ...Object.keys(METHODS).flatMap((method) =>
    toCalls(geminiPath(method), ['POST'], GEMINI_BODIES, method),
  ),
  ...toCalls(`/v1/models/openai/${GPT}`, ['GET', 'HEAD'], {}, ''),
  ...toCalls('/v1beta/models', ['GET', 'HEAD'], {}, ''),
  ...Object.entries(COMMON).flatMap(([path, { methods }]) => toCalls(path, methods, {}, path)),
]

/** Of an earlier response. */
export const toRevisits = (id: string): readonly RouteCall[] =>
  Object.entries(REVISITS).flatMap(([part, kinds]) =>
    Object.keys(kinds).map((method) => {
      const path = `/v1/responses/${id}${part}`
      return { name: toName(method, `/v1/responses/{id}${part}`), method, path }
    }),
  )

/** Of a session. */
export const SESSION_CALLS: readonly RouteCall[] = Object.entries(SESSION_ROUTES).flatMap(
  ([name, actions]) => {
    const path = name.replaceAll(/\{(\w+)\}/g, '$1')
    return Object.keys(actions).map((method) => ({
      name: `${method} ${name}`,
      method,
      path,
      ...(method === 'POST' && { body: {} }),
    }))
  },
)

export const ADMIN_ROUTES: readonly RouteCall[] = Object.entries(ADMIN).flatMap(
  ([path, { methods }]) => toCalls(path, methods, {}, path),
)

export const OPEN_ROUTES: readonly RouteCall[] = Object.entries(OPEN).flatMap(
  ([path, { methods }]) => toCalls(path, methods, {}, path),
)
