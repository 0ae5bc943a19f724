/** Mutants of requests about sessions, each made from the seed, its route and its number alone. */
import { SESSION_COMMANDS } from './corpus/session.ts'
import { encodeBody } from './encode-body.ts'
import { HOSTILE_KEYS } from './hostile-values.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { type Head, mutateHead, toHeadBytes } from './mutate-head.ts'
import { mutateJson } from './mutate-json.ts'
import type { Random } from './random.ts'
import {
  isStream,
  SESSION_ROUTES,
  type Bodies,
  type SessionRequest,
  type SessionRouteName,
} from './session-routes.ts'

export interface SessionMutant {
  readonly bytes: Buffer
  readonly body: Buffer
  readonly steps: readonly string[]
  /** Nothing but an answer will do. */
  readonly isSound: boolean
}

/** Few, so that what one mutant makes another one changes. */
const SESSIONS = ['fuzz-a', 'fuzz-b', 'fuzz-c.d:e_f', 'x'.repeat(128)]
const STRANGE = [
  ...HOSTILE_KEYS,
  'ses_0000000000000000000000',
  '..',
  '.',
  '%2F',
  'a/b',
  'é',
  '👩‍👩‍👧',
  '~',
  'x'.repeat(129),
]
const MESSAGES = ['msg_0000000000000000000000', 'run_0000000000000000000000', 'm', ...HOSTILE_KEYS]

const QUERIES = [
  'limit=1',
  'limit=0',
  'limit=1e2',
  'limit=1&limit=2',
  'search=hello',
  'search=%00',
  'search=%22%20OR%201%3D1',
  `search=${'w'.repeat(1_200)}`,
  'cursor=x',
  'cursor=eyJhdCI6MX0',
  'before=msg_1',
  'branches=all',
  'branches=none',
  'format=json',
  'format=markdown',
  'format=__proto__',
  'session_id=fuzz-a',
  'session_id=..',
  'session_id=',
  'position=0.0',
  'position=1.5',
  'position=99999999999999999999.1',
  'position=-1.0',
  'ticket=nothing',
  'message=hello&session_id=fuzz-a',
  'message=&client_message_id=c-1',
  'message=hello&content=hello',
  'message=hello&when_busy=perhaps',
  '__proto__=1',
  '=&&',
  '%',
]

const LAST_IDS = ['fuzz-a~msg_1~1.1', 'fuzz-a~run_1~9.9', 'nonsense', '~~', '1.0', '']

const idOf = (random: Random): string =>
  random.chance(0.8) ? random.pick(SESSIONS) : random.pick(STRANGE).toWellFormed() || 'x'

const toPath = ({ path }: SessionRequest, random: Random): string => {
  const written = path
    .replace('{session}', encodeURIComponent(idOf(random)))
    .replace('{message}', encodeURIComponent(random.pick(MESSAGES).toWellFormed() || 'x'))
  const queries = Array.from({ length: random.below(3) }, () => random.pick(QUERIES))
  return queries.length === 0 ? written : `${written}?${queries.join('&')}`
}

const toHead = (asked: SessionRequest, length: number, key: string, random: Random): Head => ({
  method: asked.method,
  path: toPath(asked, random),
  headers: [
    'host: localhost',
    'connection: close',
    `authorization: Bearer ${key}`,
    ...(random.chance(0.1) ? [`x-user-id: ${random.pick(['ann', 'b'.repeat(300), ' '])}`] : []),
    ...(isStream(asked) && random.chance(0.4) ? [`last-event-id: ${random.pick(LAST_IDS)}`] : []),
    ...(isStream(asked) && random.chance(0.1) ? ['sec-fetch-site: cross-site'] : []),
    ...(asked.bodies ? ['content-type: application/json', `content-length: ${length}`] : []),
  ],
})

/** What the body becomes, and how it is sent. */
interface Changed {
  readonly bytes: Buffer
  readonly steps: readonly string[]
  readonly headers?: readonly string[]
}

const changeBody = (bodies: Bodies, random: Random): Changed => {
  const given = random.pick(bodies)
  const plain = Buffer.from(JSON.stringify(given))
  const kind = random.below(100)
  if (kind < 20) return { bytes: plain, steps: ['as it is'] }
  if (kind < 75) {
    const { text, steps } = mutateJson(given, random.pick(SESSION_COMMANDS), random)
    return { bytes: Buffer.from(text), steps }
  }
  if (kind < 90) return mutateBytes(plain, random)
  const { bytes, coding, steps } = encodeBody(plain, random)
  return { bytes, steps: [`as ${coding}`, ...steps], headers: [`content-encoding: ${coding}`] }
}

export const createSessionMutant = (
  route: SessionRouteName,
  key: string,
  random: Random,
): SessionMutant => {
  const asked = random.pick<SessionRequest>(SESSION_ROUTES[route])
  const {
    bytes: body,
    steps,
    headers = [],
  } = asked.bodies ? changeBody(asked.bodies, random) : { bytes: Buffer.alloc(0), steps: [] }
  const head = toHead(asked, body.length, key, random)
  const whole = { ...head, headers: [...head.headers, ...headers] }
  if (random.chance(0.15)) return { body, isSound: false, ...mutateHead(whole, body, random) }
  return {
    bytes: Buffer.concat([toHeadBytes(whole), body]),
    body,
    steps: [`${head.method} ${head.path.slice(0, 100)}`, ...steps],
    // A session has no end, so its client leaves.
    isSound: !isStream(asked),
  }
}
