/** Who may open a session, by each way of saying who it is, and how many connections there may be. */
import { describe, expect, it } from 'vitest'
import { isType, openEvents, openSession } from '../../tools/server/chat/session-client.ts'
import { bearer, startDoors } from '../../tools/server/chat/start-doors.ts'
import { refusedClient } from '../../tools/server/websocket/open-client.ts'
import { eventually, within } from '../../tools/app/within.ts'

const KEYS = ['first-key', 'second-key']
const PATH = '/ws/session/mine'

describe('with keys configured', () => {
  it.each([
    ['a header', { headers: bearer('first-key') }],
    ['x-api-key', { headers: { 'x-api-key': 'first-key' } }],
    ['a sub-protocol', { protocols: ['chat', 'openai-insecure-api-key.first-key'] }],
  ])('admits by %s', async (_way, options) => {
    const { url } = await startDoors({ keys: KEYS })
    const client = await openSession(url, PATH, options as object)
    await client.until('a greeting', isType('connected'))
  })

  it.each(['key', 'api_key'])('admits by the first frame with %s', async (field) => {
    const { url, chat } = await startDoors({ keys: KEYS })
    const client = await openSession(url, PATH)
    client.send({ type: 'auth', [field]: 'first-key' })
    client.send({ type: 'message', content: 'hello' })
    client.send({ type: 'auth', [field]: 'first-key' })
    await client.answers(1)
    expect(client.frames[0]?.type).toBe('connected')
    expect(client.frames.filter(isType('error'))).toEqual([])
    expect([...chat.sessions.values()]).toHaveLength(1)
  })

  it.each([
    ['a wrong key', { type: 'auth', key: 'wrong' }],
    ['no key', { type: 'auth' }],
    ['a key that is no text', { type: 'auth', key: 7 }],
    ['a message', { type: 'message', content: 'hello' }],
    ['no JSON', 'hello'],
    ['100 KB', 'x'.repeat(100 * 1024)],
  ])('closes with 4401 if the first frame is %s', async (_what, frame) => {
    const { url, chat } = await startDoors({ keys: KEYS })
    const client = await openSession(url, PATH)
    client.send(frame)
    expect((await client.ended).code).toBe(4401)
    expect(client.frames.filter(isType('error'))).toHaveLength(1)
    expect(chat.sessions.size).toBe(0)
  })

  it('waits five seconds for the first frame', async () => {
    const { url } = await startDoors({ keys: KEYS })
    const client = await openSession(url, PATH)
    const begun = performance.now()
    expect((await client.ended).code).toBe(4401)
    expect(performance.now() - begun).toBeLessThan(9_000)
  }, 20_000)

  it('refuses a wrong key with 401, and what the key does not open with 404, before the socket opens', async () => {
    const { url } = await startDoors({ keys: KEYS })
    expect((await refusedClient(url, PATH, { headers: bearer('wrong') })).status).toBe(401)
    const unknown = await refusedClient(url, '/ws/session/ses_1', { headers: bearer('first-key') })
    expect(unknown.status).toBe(404)
  })

  it('refuses a session that does not exist with 4404 if the key follows', async () => {
    const { url } = await startDoors({ keys: KEYS })
    const client = await openSession(url, '/ws/session/ses_1')
    client.send({ type: 'auth', key: 'first-key' })
    expect((await client.ended).code).toBe(4404)
    expect(client.frames).toMatchObject([{ type: 'error', error: { code: 'not_found' } }])
  })

  it('ends with 4401 when the key is removed, and the reason is the position', async () => {
    const { url, reload } = await startDoors({ keys: KEYS })
    const client = await openSession(url, PATH, { headers: bearer('first-key') })
    client.send({ type: 'message', content: 'hello' })
    await client.answers(1)
    const events = await openEvents(url, '/api/sessions/mine/events', bearer('first-key'))
    await events.until('a greeting', (all) => all.length > 0)
    reload(['second-key'])
    expect(await client.ended).toEqual({ code: 4401, reason: '1.5' })
    expect(client.frames.at(-1)).toMatchObject({
      type: 'error',
      error: { code: 'credential_expired' },
    })
    expect(await events.ended).toBe('broken')
    expect(events.events().at(-1)?.data).toMatchObject({ error: { code: 'credential_expired' } })
  })
})

describe('a page', () => {
  it.each([
    ['without a key', [], {}],
    ['with one', KEYS, bearer('first-key')],
    ['whose key would follow', KEYS, {}],
  ])('of a foreign origin is refused %s', async (_how, keys, headers) => {
    const { url, chat } = await startDoors({ keys })
    for (const origin of ['https://evil.example', 'null'])
      expect((await refusedClient(url, PATH, { headers: { ...headers }, origin })).status).toBe(403)
    expect(chat.sessions.size).toBe(0)
  })

  it('of an allowed origin is let in', async () => {
    const { url } = await startDoors({ keys: KEYS, corsOrigins: ['https://app.example'] })
    const client = await openSession(url, PATH, {
      origin: 'https://app.example',
      headers: bearer('first-key'),
    })
    await client.until('a greeting', isType('connected'))
  })

  it('of another origin is not answered without a key', async () => {
    const { send, chat } = await startDoors()
    const headers = { origin: 'https://evil.example' }
    expect((await send('/api/sessions', { body: {}, headers })).status).toBe(403)
    expect((await send('/api/sessions', { headers })).status).toBe(403)
    expect(chat.sessions.size).toBe(0)
  })

  it('is told that it may send PATCH', async () => {
    const { send } = await startDoors({ corsOrigins: ['https://app.example'] })
    const { headers } = await send('/api/sessions/mine', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'PATCH' },
    })
    expect(headers['access-control-allow-methods']).toContain('PATCH')
  })
})

describe('the connections', () => {
  it('of an owner are twenty, and another owner has its own', async () => {
    const { url } = await startDoors({ keys: KEYS })
    const headers = bearer('first-key')
    const clients = []
    for (let at = 0; at < 20; at++)
      clients.push(await openSession(url, `/ws/session/s${at}`, { headers }))
    const refused = await refusedClient(url, '/ws/session/s20', { headers })
    expect(refused).toMatchObject({
      status: 429,
      json: { error: { code: 'too_many_connections', type: 'rate_limit_error' } },
      headers: { 'retry-after': '1' },
    })
    const late = await openSession(url, '/ws/session/s20')
    late.send({ type: 'auth', key: 'first-key' })
    expect((await late.ended).code).toBe(4429)
    await openSession(url, '/ws/session/s20', { headers: bearer('second-key') })
    await openSession(url, '/ws/session/s20', { headers: bearer('first-key', 'ann') })
    clients[0]?.socket.close()
    await within(30_000, 'the close', clients[0]?.closed ?? Promise.resolve(0))
    await openSession(url, '/ws/session/s20', { headers })
  })

  it('of a session are 64, and another one has its own', async () => {
    const { url, send, chat } = await startDoors({ keys: KEYS })
    const headers = bearer('first-key')
    for (const id of ['one', 'two']) await send('/api/sessions', { body: { id }, headers })
    const path = '/api/sessions/one/events'
    const streams = []
    for (let at = 0; at < 64; at++) streams.push(await openEvents(url, path, headers))
    const refused = await send(path, { headers })
    expect(refused).toMatchObject({
      status: 429,
      json: { error: { code: 'too_many_connections' } },
    })
    expect(refused.headers['retry-after']).toBe('1')
    expect((await refusedClient(url, '/ws/session/one', { headers })).status).toBe(429)
    const other = await openEvents(url, '/api/sessions/two/events', headers)
    expect(other.response.statusCode).toBe(200)
    streams[0]?.close()
    await eventually('a place is free', () => chat.only().joined === 63)
    await openSession(url, '/ws/session/one', { headers })
  })

  it('are not limited without keys', async () => {
    const { url } = await startDoors()
    const clients = await Promise.all(Array.from({ length: 80 }, () => openSession(url, PATH)))
    clients[0]?.send({ type: 'message', content: 'hello' })
    for (const client of clients) await client.answers(1)
  })
})
