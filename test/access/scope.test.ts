/** Nothing that a call says about itself chooses its key, role, owner or scope, and no secret is logged. */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../tools/app/asks.ts'
import { callsOf, startHouse } from '../tools/app/house.ts'
import { hs256, SECRET, signWithSecret } from '../tools/access/tokens.ts'

const ADMIN = 'sk-admin-of-the-house'
const OTHER = 'sk-of-somebody-else-000'
const KEYS = [
  { key: 'sk-one-of-ann', owner: 'ann', models: ['gpt-4o-mini'] },
  { key: OTHER, owner: 'ben' },
]

let token: string

beforeAll(async () => {
  token = await signWithSecret({ sub: 'ben' }, { secret: 'x'.repeat(32) })
})

/** Whatever other products understand by a name. */
const NAMES =
  'key api_key apiKey keys admin admin_key role roles scope scopes owner owner_id user_id userId sub tenant tenant_id organization org project account caller caller_id models allowed_models limits expires_at base_url baseUrl api_base url provider target token jwt authorization metadata user'.split(
    ' ',
  )

const HEADERS =
  'x-role x-admin x-admin-key x-owner x-owner-id x-tenant-id x-org-id x-account-id x-caller x-caller-id x-scope x-scopes x-models x-limits x-sluice-key x-sluice-owner x-sluice-admin x-sluice-caller x-sluice-models x-forwarded-user x-auth-request-user x-remote-user x-consumer-id x-consumer-username x-litellm-api-key x-portkey-virtual-key x-base-url x-target-url x-original-url x-rewrite-url openai-organization openai-project cookie api-key proxy-authorization x-jwt-assertion x-amzn-oidc-data'.split(
    ' ',
  )

const VALUES = () => ['admin', 'ben', ADMIN, OTHER, `Bearer ${OTHER}`, token, '*']

const start = () => startHouse({ keys: KEYS, adminKeys: [ADMIN], jwt: hs256 })

const ANN = { authorization: 'Bearer sk-one-of-ann' }

const BODIES: readonly [string, object][] = [
  [CHAT, chatBody()],
  [MESSAGES, messagesBody()],
  [RESPONSES, responsesBody()],
  ['/v1/completions', { model: 'gpt-4o', prompt: 'hello' }],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'hello' }],
  [`${MESSAGES}/count_tokens`, messagesBody()],
  [`${RESPONSES}/input_tokens`, responsesBody()],
  [`${RESPONSES}/compact`, responsesBody()],
]

describe.each(BODIES)('%s', (path, body) => {
  it('is refused whatever a field says', async () => {
    const { sluice, upstream } = await start()
    for (const name of NAMES)
      for (const value of ['admin', OTHER, { models: ['*'], role: 'admin' }]) {
        const sent = { ...body, [name]: value }
        const refused = await sluice.send(path, { body: sent, headers: ANN })
        expect(`${name}: ${refused.status}`).toBe(`${name}: 403`)
        const query = `?${name}=${encodeURIComponent(String(value))}`
        expect((await sluice.send(path + query, { body, headers: ANN })).status).toBe(403)
        expect((await sluice.send(path + query, { body: sent })).status).toBe(401)
      }
    expect(callsOf(upstream)).toEqual([])
  })

  it('is refused whatever a header says', async () => {
    const { sluice, upstream } = await start()
    for (const name of HEADERS)
      for (const value of VALUES()) {
        const refused = await sluice.send(path, { body, headers: { ...ANN, [name]: value } })
        expect(`${name}: ${refused.status}`).toBe(`${name}: 403`)
        expect((await sluice.send(path, { body, headers: { [name]: value } })).status).toBe(401)
      }
    expect(callsOf(upstream)).toEqual([])
  })
})

it('/admin stays shut whatever a header or the query says', async () => {
  const { sluice } = await start()
  for (const name of HEADERS)
    for (const value of VALUES()) {
      const query = `?${name}=${encodeURIComponent(value)}`
      const refused = await sluice.send(`/admin${query}`, { headers: { ...ANN, [name]: value } })
      expect(`${name}: ${refused.status}`).toBe(`${name}: 403`)
    }
})

it('no secret is in the log, whatever is refused', async () => {
  const { sluice } = await start()
  const valid = await signWithSecret()
  const secrets = [ADMIN, OTHER, 'sk-one-of-ann', token, valid, SECRET]
  for (const secret of secrets) {
    for (const headers of [
      { authorization: `Bearer ${secret}` },
      { 'x-api-key': secret },
      { authorization: `Basic ${secret}` },
      { ...ANN, 'x-user-id': secret.slice(0, 100) },
    ]) {
      await sluice.send(CHAT, { body: chatBody('hello', { model: secret }), headers })
      await sluice.send(`/v1/models/${secret}`, { headers })
      await sluice.send(`/admin/${secret}`, { headers })
      await sluice.send(`/${secret}`, { headers })
    }
  }
  await sluice.logged(({ msg }) => msg === 'call')
  for (const secret of secrets) expect(sluice.rawLog()).not.toContain(secret)
  expect(sluice.rawLog()).not.toContain(valid.split('.')[1])
})
