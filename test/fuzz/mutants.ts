/** Every mutant of every route, each made from the seed, its route and its number alone. */
import { encodeBody } from './encode-body.ts'
import { HOSTILE_KEYS } from './hostile-values.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { type Head, mutateHead, toHeadBytes } from './mutate-head.ts'
import { mutateJson } from './mutate-json.ts'
import { createRandom, type Random } from './random.ts'
import {
  isInPath,
  type RouteName,
  ROUTES,
  type Source,
  SOURCES,
  toPath,
  VERSION,
} from './routes.ts'
import { createSessionMutant } from './session-mutants.ts'
import { isSessionRoute, type SessionRouteName } from './session-routes.ts'

export const CALLER_KEY = 'sk-caller-of-the-fuzz-run'

export type AnyRoute = RouteName | SessionRouteName

export interface Mutant {
  readonly route: AnyRoute
  readonly index: number
  /** The request, from its first byte. */
  readonly bytes: Buffer
  /** The body in no coding. */
  readonly body: Buffer
  /** What was done to it, in words. */
  readonly steps: readonly string[]
  /** Its head is sound, so that nothing but an answer in the route's dialect will do. */
  readonly isSound: boolean
}

const KEYS = [`authorization: Bearer ${CALLER_KEY}`, `x-api-key: ${CALLER_KEY}`]

const GEMINI_KEYS = [...KEYS, `x-goog-api-key: ${CALLER_KEY}`]

const toPostHead = (path: string, source: Source, length: number, random: Random): Head => ({
  method: 'POST',
  path,
  headers: [
    'host: localhost',
    'connection: close',
    'content-type: application/json',
    random.pick(path.startsWith('/v1beta') ? GEMINI_KEYS : KEYS),
    ...source.headers,
    `content-length: ${length}`,
  ],
})

const postMutant = (route: RouteName, index: number, source: Source, random: Random): Mutant => {
  const model = random.pick(source.models)
  const path = toPath(route, model)
  const given = { ...(isInPath(route) ? {} : { model }), ...random.pick(source.bodies) }
  const plain = Buffer.from(JSON.stringify(given))
  const finish = (body: Buffer, steps: readonly string[], coding?: string, decoded = body) => {
    const head = toPostHead(path, source, body.length, random)
    const headers = [
      ...head.headers,
      ...(coding === undefined ? [] : [`content-encoding: ${coding}`]),
    ]
    const bytes = Buffer.concat([toHeadBytes({ ...head, headers }), body])
    return { route, index, bytes, body: decoded, steps, isSound: true }
  }
  const kind = random.below(100)
  if (kind < 60) {
    const { text, steps } = mutateJson(given, random.pick(source.bodies), random)
    const body = Buffer.from(text)
    if (!random.chance(0.1)) return finish(body, steps)
    const { bytes, coding, steps: more } = encodeBody(body, random)
    return finish(bytes, [...steps, `as ${coding}`, ...more], coding, body)
  }
  if (kind < 80) {
    const { bytes, steps } = mutateBytes(plain, random)
    return finish(bytes, steps)
  }
  if (kind < 85) {
    const { bytes, coding, steps } = encodeBody(plain, random)
    return finish(bytes, [`as ${coding}`, ...steps], coding, plain)
  }
  const head = toPostHead(path, source, plain.length, random)
  return { route, index, body: plain, isSound: false, ...mutateHead(head, plain, random) }
}

const IDS = [
  'openai/gpt-4o',
  'anthropic/claude-opus-5',
  'gpt-4o',
  'demo/echo',
  'either',
  ...HOSTILE_KEYS,
  '..',
  '../health',
  'a/b/c/d',
  '?',
  '#',
  '%2F',
  'é',
  '👩‍👩‍👧',
  '/',
]

const QUERIES = ['?limit=1', '?limit=-1&after_id=x', '?key=abc', '?__proto__=1', '?=&&', '?%', '??']

const RESPONSE_IDS = ['resp_1', 'resp_0123456789abcdef', 'compact', 'input_tokens', 'x.y-z_']
const PARTS = ['', '', '/input_items', '/cancel', '/cancel/', '/else']
const VISIT_QUERIES = [
  '?stream=true',
  '?stream=true&starting_after=3',
  '?stream=perhaps&starting_after=-1',
  '?include[]=reasoning.encrypted_content',
  '?limit=0&order=up&after=%00',
]
const VISIT_METHODS = ['GET', 'GET', 'DELETE', 'POST']

const toVisitPath = (random: Random): string => {
  const id = random.pick(random.chance(0.6) ? RESPONSE_IDS : IDS)
  const other = mutateBytes(Buffer.from(id), random).bytes.toString()
  const written = encodeURIComponent((random.chance(0.5) ? id : other).toWellFormed() || 'x')
  const part = random.pick(PARTS)
  const query = random.chance(0.5) ? random.pick([...VISIT_QUERIES, ...QUERIES]) : ''
  return ROUTES.response + written + part + query
}

const toGetPath = (route: RouteName, random: Random): string => {
  const query = random.chance(0.3) ? random.pick(QUERIES) : ''
  if (route === 'models') return ROUTES.models + query
  if (route === 'response') return toVisitPath(random)
  const id = mutateBytes(Buffer.from(random.pick(IDS)), random).bytes.toString()
  const written = random.pick([encodeURIComponent, encodeURI])(id.toWellFormed() || 'x')
  return ROUTES.model + (random.chance(0.8) ? written : `${written}%${written}`) + query
}

const getMutant = (route: RouteName, index: number, random: Random): Mutant => {
  const path = toGetPath(route, random)
  const headers = [
    'host: localhost',
    'connection: close',
    random.pick(KEYS),
    ...(random.chance(0.5) ? VERSION : []),
  ]
  const method = route === 'response' ? random.pick(VISIT_METHODS) : 'GET'
  const head = { method, path, headers }
  const body = Buffer.alloc(0)
  if (random.chance(0.5))
    return { route, index, body, isSound: false, ...mutateHead(head, body, random) }
  return {
    route,
    index,
    body,
    bytes: toHeadBytes(head),
    steps: [`the path ${path}`],
    isSound: true,
  }
}

export const createMutant = (seed: number, route: AnyRoute, index: number): Mutant => {
  const random = createRandom(seed, route, index)
  if (isSessionRoute(route))
    return { route, index, ...createSessionMutant(route, CALLER_KEY, random) }
  const source = SOURCES[route]
  return source ? postMutant(route, index, source, random) : getMutant(route, index, random)
}
