/** Every mutant of every route, each made from the seed, its route and its number alone. */
import { CHAT_BODIES } from './corpus/chat.ts'
import { COUNT_BODIES, MESSAGES_BODIES } from './corpus/messages.ts'
import { RESPONSES_BODIES } from './corpus/responses.ts'
import { encodeBody } from './encode-body.ts'
import { HOSTILE_KEYS } from './hostile-values.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { type Head, mutateHead, toHeadBytes } from './mutate-head.ts'
import { mutateJson } from './mutate-json.ts'
import { createRandom, type Random } from './random.ts'

export const CALLER_KEY = 'sk-caller-of-the-fuzz-run'

export const ROUTES = {
  chat: '/v1/chat/completions',
  messages: '/v1/messages',
  count_tokens: '/v1/messages/count_tokens',
  responses: '/v1/responses',
  models: '/v1/models',
  model: '/v1/models/',
} as const

export type RouteName = keyof typeof ROUTES

export interface Mutant {
  readonly route: RouteName
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

interface Source {
  readonly bodies: readonly Record<string, unknown>[]
  /** One for each way through: relayed, relayed with usage asked for, translated, with fallback, local. */
  readonly models: readonly string[]
  readonly headers: readonly string[]
}

const CLAUDE = ['claude-sonnet-4-5-20250929', 'claude-opus-5']
const GPT = ['gpt-4o', 'gpt-5', 'counted/gpt-4o']
const LOCAL = ['demo/echo', 'either']
const VERSION = ['anthropic-version: 2023-06-01']

const SOURCES: Readonly<Partial<Record<RouteName, Source>>> = {
  chat: { bodies: CHAT_BODIES, models: [...GPT, ...CLAUDE, ...LOCAL, ...CLAUDE], headers: [] },
  messages: { bodies: MESSAGES_BODIES, models: [...CLAUDE, ...GPT, ...LOCAL], headers: VERSION },
  count_tokens: { bodies: COUNT_BODIES, models: [...CLAUDE, ...GPT, ...LOCAL], headers: VERSION },
  responses: {
    bodies: RESPONSES_BODIES,
    models: [...GPT, ...GPT, ...GPT, 'claude-opus-5', 'demo/echo'],
    headers: [],
  },
}

const KEYS = [`authorization: Bearer ${CALLER_KEY}`, `x-api-key: ${CALLER_KEY}`]

const toPostHead = (path: string, source: Source, length: number, random: Random): Head => ({
  method: 'POST',
  path,
  headers: [
    'host: localhost',
    'connection: close',
    'content-type: application/json',
    random.pick(KEYS),
    ...source.headers,
    `content-length: ${length}`,
  ],
})

const postMutant = (route: RouteName, index: number, source: Source, random: Random): Mutant => {
  const given = { model: random.pick(source.models), ...random.pick(source.bodies) }
  const plain = Buffer.from(JSON.stringify(given))
  const finish = (body: Buffer, steps: readonly string[], coding?: string, decoded = body) => {
    const head = toPostHead(ROUTES[route], source, body.length, random)
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
  const head = toPostHead(ROUTES[route], source, plain.length, random)
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

const toPath = (route: RouteName, random: Random): string => {
  const query = random.chance(0.3) ? random.pick(QUERIES) : ''
  if (route === 'models') return ROUTES.models + query
  const id = mutateBytes(Buffer.from(random.pick(IDS)), random).bytes.toString()
  const written = random.pick([encodeURIComponent, encodeURI])(id.toWellFormed() || 'x')
  return ROUTES.model + (random.chance(0.8) ? written : `${written}%${written}`) + query
}

const getMutant = (route: RouteName, index: number, random: Random): Mutant => {
  const path = toPath(route, random)
  const headers = [
    'host: localhost',
    'connection: close',
    random.pick(KEYS),
    ...(random.chance(0.5) ? VERSION : []),
  ]
  const head = { method: 'GET', path, headers }
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

export const createMutant = (seed: number, route: RouteName, index: number): Mutant => {
  const random = createRandom(seed, route, index)
  const source = SOURCES[route]
  return source ? postMutant(route, index, source, random) : getMutant(route, index, random)
}
