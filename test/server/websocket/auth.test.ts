/** Who may open a WebSocket, by each way of saying who it is. */
import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { openRawClient } from '../../tools/app/raw-client.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { within } from '../../tools/app/within.ts'
import { CALL_DOORS, type DoorCase, DOORS, REALTIME } from '../../tools/server/websocket/doors.ts'
import {
  isDone,
  isError,
  openClient,
  refusedClient,
} from '../../tools/server/websocket/open-client.ts'

const KEYS = ['first-key', 'ключ-2', 'third key']
const AT: readonly DoorCase[] = [
  ...DOORS,
  ...CALL_DOORS.map((door) => ({ ...door, path: `/openai${door.path.replace('/ws', CHAT)}` })),
]

const KEY_PROTOCOL = 'openai-insecure-api-key.first-key'

describe('with keys configured', () => {
  it.each(
    AT.flatMap((door) => [
      [
        door.path,
        'a header',
        door,
        { headers: { authorization: 'Bearer third key' } },
        '',
      ] as const,
      [door.path, 'x-api-key', door, { headers: { 'x-api-key': 'first-key' } }, ''] as const,
      [
        door.path,
        'a sub-protocol',
        door,
        { protocols: ['realtime', KEY_PROTOCOL] },
        'realtime',
      ] as const,
      [
        door.path,
        'a sub-protocol first',
        door,
        { protocols: [KEY_PROTOCOL, 'realtime'] },
        'realtime',
      ] as const,
      [
        door.path,
        'a sub-protocol alone',
        door,
        { protocols: [KEY_PROTOCOL] },
        KEY_PROTOCOL,
      ] as const,
    ]),
  )('%s admits by %s', async (path, _way, { start }, options, protocol) => {
    const { sluice } = await start({ keys: KEYS })
    const client = await openClient(sluice.url, path, options as object)
    expect(client.socket.protocol).toBe(protocol)
  })

  it('neither forwards nor logs a key that was sent as a sub-protocol', async () => {
    const { upstream, sluice } = await startHouse({ keys: KEYS })
    const client = await openClient(sluice.url, '/ws', { protocols: ['realtime', KEY_PROTOCOL] })
    client.send({ id: 'a', ...chatBody() })
    await client.until('the end', isDone('a'))
    expect(JSON.stringify(callsOf(upstream)[0]?.rawHeaders)).not.toContain('first-key')
    expect(sluice.rawLog()).not.toContain('first-key')
    expect(await sluice.logged(isCall)).toMatchObject({
      caller: expect.stringMatching(/^[0-9a-f]{12}$/),
    })
  })

  it.each(
    AT.flatMap((door) => [
      [door.path, 'a wrong header', door, { headers: { authorization: 'Bearer wrong' } }] as const,
      [
        door.path,
        'a wrong sub-protocol',
        door,
        { protocols: ['openai-insecure-api-key.wrong'] },
      ] as const,
    ]),
  )('%s refuses %s with 401 and JSON', async (path, _way, { start }, options) => {
    const { sluice } = await start({ keys: KEYS })
    expect(await refusedClient(sluice.url, path, options as object)).toMatchObject({
      status: 401,
      json: { error: { code: 'invalid_api_key' } },
    })
  })

  it.each([CALL_DOORS[1]!, REALTIME])('$path refuses with 401 if no key was sent', async (door) => {
    const { sluice, openUpstreams } = await door.start({ keys: KEYS })
    expect((await refusedClient(sluice.url, door.path)).status).toBe(401)
    expect(openUpstreams()).toBe(0)
  })

  it.each(['first-key', 'ключ-2'])('admits chat by its first frame: %s', async (key) => {
    const { sluice } = await startHouse({ keys: KEYS })
    const client = await openClient(sluice.url, '/ws')
    client.send({ type: 'auth', api_key: key })
    client.send({ type: 'auth', api_key: key })
    client.send({ id: 'a', ...chatBody() })
    await client.until('the end', isDone('a'))
    expect(client.frames.filter(isError)).toEqual([])
  })

  it.each([
    ['a wrong key', { type: 'auth', api_key: 'wrong' }],
    ['no key', { type: 'auth' }],
    ['a call', { id: 'a', ...chatBody() }],
    ['no JSON', 'hello'],
    ['a megabyte', 'x'.repeat(1024 * 1024)],
  ])('closes with 4401 if the first frame is %s', async (_what, frame) => {
    const { upstream, sluice } = await startHouse({ keys: KEYS })
    const client = await openClient(sluice.url, '/ws')
    client.send(frame)
    expect(await within(30_000, 'the close', client.closed)).toBe(4401)
    expect(client.frames.filter(isError)).toHaveLength(1)
    expect(upstream.calls).toEqual([])
  })

  it('waits ten seconds for the first frame', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    const client = await openClient(sluice.url, '/ws')
    expect(await within(30_000, 'the close', client.closed)).toBe(4401)
  }, 20_000)
})

describe.each(DOORS)('a page at $path', ({ path, start }) => {
  it.each([
    ['without a key', [], {}],
    ['with one', KEYS, { authorization: 'Bearer first-key' }],
    ['whose key would follow', KEYS, {}],
  ])('of a foreign origin is refused %s', async (_how, keys, headers) => {
    const { sluice, openUpstreams } = await start({ keys })
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example']) {
      const refused = await refusedClient(sluice.url, path, {
        headers: headers as Record<string, string>,
        origin,
      })
      expect(refused.status).toBe(403)
    }
    expect(openUpstreams()).toBe(0)
  })

  it('of an allowed origin is let in', async () => {
    const { sluice } = await start({ keys: KEYS, corsOrigins: ['https://app.example'] })
    await openClient(sluice.url, path, {
      origin: 'https://app.example',
      protocols: ['realtime', KEY_PROTOCOL],
    })
  })

  it('of a name that only points here is refused', async () => {
    const { sluice } = await start()
    const refused = await refusedClient(sluice.url, path, { headers: { host: 'evil.example' } })
    expect(refused.status).toBe(403)
  })
})

describe('a path', () => {
  it.each([
    ['/nothing', 404],
    ['/v1/nothing', 404],
    ['/ws/', 404],
    ['/v1/messages', 426],
    ['/v1/models', 426],
    ['/', 426],
  ])('%s that has no WebSocket is answered %i', async (path, status) => {
    const { sluice } = await startHouse()
    const refused = await refusedClient(sluice.url, path)
    expect(refused.status).toBe(status)
    expect(refused.json.error).toMatchObject({ type: 'invalid_request_error' })
  })

  it('reveals nothing to a client without a key', async () => {
    const { sluice } = await startHouse({ keys: KEYS })
    expect((await refusedClient(sluice.url, '/nothing')).status).toBe(401)
  })
})

describe('a handshake that is none', () => {
  it.each([
    ['without a key of its own', { 'sec-websocket-version': '13' }],
    [
      'of another version',
      { 'sec-websocket-version': '7', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==' },
    ],
    [
      'with a sub-protocol that is no word',
      {
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        'sec-websocket-protocol': 'a b, c',
      },
    ],
  ])('%s is refused', async (_what, headers) => {
    const { sluice } = await startHouse()
    const { status } = await sluice.send('/ws', {
      headers: { connection: 'Upgrade', upgrade: 'websocket', ...headers },
    })
    expect(status).toBe(400)
  })

  it('after a call in progress ends the connection, and adds no bytes to its answer', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ fault: { neverAnswer: true } })
    const client = await openRawClient(sluice.url)
    const body = JSON.stringify(chatBody())
    client.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n\r\n${body}` +
        'GET /ws HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    expect(await within(30_000, 'the connection closes', client.closed)).toBe('')
  })

  it('with a body is a request like any other', async () => {
    const { sluice } = await startHouse()
    const status = await new Promise((resolve, reject) => {
      const sent = request(`${sluice.url}/ws`, { method: 'POST' }, ({ statusCode }) =>
        resolve(statusCode),
      )
      sent.once('error', reject)
      sent.end('{}')
    })
    expect(status).toBe(404)
  })
})
