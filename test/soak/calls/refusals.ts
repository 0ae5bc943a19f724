/** Requests that are refused here, and those that are no calls. */
import { randomBytes } from 'node:crypto'
import { openRawClient } from '../../tools/app/raw-client.ts'
import { ADMIN_KEY, KEYS, signToken } from '../callers.ts'
import { BODY_BYTES } from '../configuration.ts'
import { send } from './answered.ts'
import { as, bearer, type Call, type Kind, type Rows } from './call.ts'
import { chat, GPT, MODELS, pickCaller, toWords, VERSION, WRITERS } from './dialects.ts'

const expectStatus = (call: Call, what: string, status: number, expected: readonly number[]) => {
  if (!expected.includes(status)) call.fail(`${what}: status ${status}`)
}

const wrongKeys: Kind = {
  share: 35,
  async make(call) {
    const key = call.random.pick([
      'sk-nobody',
      `sk-${call.number}`,
      KEYS.disabled,
      KEYS.expired,
      signToken('user-1', call.number, 'another-secret-of-more-than-32-characters'),
    ])
    const asked = call.random.pick(WRITERS)(GPT, toWords(call), call.random.chance(0.5))
    const { status } = await send(call, key, asked)
    expectStatus(call, `the key ${key}`, status, [401])
    return 0
  },
}

const limited: Kind = {
  share: 45,
  async make(call) {
    const asked = call.random.pick(WRITERS)(
      call.random.pick(MODELS),
      `[[pace 1]] ${toWords(call)}`,
      call.random.chance(0.7),
    )
    const { status } = await send(call, KEYS.tight, asked)
    expectStatus(call, 'a limited caller', status, [200, 429])
    return 1
  },
}

const forbidden: Kind = {
  share: 8,
  async make(call) {
    const { status } = await send(call, KEYS.narrow, chat(GPT, toWords(call), false))
    expectStatus(call, 'a model that is not allowed', status, [403])
    return 1
  },
}

interface Malformed {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
  readonly status: number
  readonly rows: Rows
}

const DEEP = `{"model":"${GPT}","messages":${'['.repeat(2_000)}${']'.repeat(2_000)}}`
const NO_UTF8 = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])

const MALFORMED: readonly Malformed[] = [
  { body: '{"model": ', status: 400, rows: 1 },
  { body: '[]', status: 400, rows: 1 },
  { body: '{"messages": []}', status: 400, rows: 1 },
  { body: '{"model": "nobody/nothing", "messages": []}', status: 400, rows: 1 },
  { body: DEEP, status: 400, rows: 1 },
  { body: NO_UTF8, status: 400, rows: 0 },
  { body: 'no gzip', headers: { 'content-encoding': 'gzip' }, status: 400, rows: 0 },
  { body: '{}', headers: { 'content-encoding': 'zip' }, status: 400, rows: 0 },
  { body: '{}', headers: { 'x-user-id': 'not one word' }, status: 400, rows: 0 },
  { body: '{}', path: '/v1/nothing', status: 404, rows: 0 },
  { body: '{}', method: 'PUT', status: 405, rows: 0 },
]

const malformed: Kind = {
  share: 40,
  async make(call) {
    const { path = '/v1/chat/completions', status, rows, ...sent } = call.random.pick(MALFORMED)
    const headers = { ...as(pickCaller(call), call), ...sent.headers }
    const answer = await call.ask(path, { method: 'POST', alone: true, ...sent, headers })
    expectStatus(call, `malformed ${JSON.stringify(sent).slice(0, 100)}`, answer.status, [status])
    return rows
  },
}

/** Refused while it arrives, so it may not be sent to its end. */
const tooLarge: Kind = {
  share: 2,
  async make(call) {
    const { status } = await call.ask('/v1/messages', {
      headers: { ...as(KEYS.ben, call), ...VERSION },
      body: Buffer.alloc(BODY_BYTES + 1, ' '),
      alone: true,
    })
    expectStatus(call, 'a body that is too large', status, [0, 413])
    return 0
  },
}

const noHttp: Kind = {
  share: 5,
  async make(call) {
    const client = await openRawClient(call.url)
    client.write(randomBytes(1 + call.random.below(200)))
    client.write('\r\n\r\n')
    client.socket.end()
    await client.closed
    return 0
  },
}

const LISTS = [
  ['/v1/models', 'caller'],
  [`/v1/models/${GPT}`, 'caller'],
  ['/v1beta/models', 'caller'],
  ['/v1/usage?by=model&since=1h', 'caller'],
  ['/admin', 'admin'],
  ['/admin/usage?by=key', 'admin'],
  ['/health', 'nobody'],
  ['/health/ready', 'nobody'],
] as const

const lists: Kind = {
  share: 14,
  async make(call) {
    const [path, who] = call.random.pick(LISTS)
    const caller = who === 'admin' ? bearer(ADMIN_KEY) : bearer(pickCaller(call))
    const { status } = await call.ask(path, { headers: who === 'nobody' ? {} : caller })
    expectStatus(call, path, status, path === '/health/ready' ? [200, 503] : [200])
    return 0
  },
}

const preflight: Kind = {
  share: 3,
  async make(call) {
    const origin = call.random.pick(['https://good.example', 'https://other.example'])
    const { status } = await call.ask('/v1/chat/completions', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    })
    expectStatus(call, `a preflight of ${origin}`, status, [204, 403])
    return 0
  },
}

export const REFUSALS: Readonly<Record<string, Kind>> = {
  wrongKeys,
  limited,
  forbidden,
  malformed,
  tooLarge,
  noHttp,
  lists,
  preflight,
}
