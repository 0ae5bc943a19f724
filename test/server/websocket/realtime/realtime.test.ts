/** Realtime conversations, relayed frame by frame. */
import { describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { type House, sluiceForTest } from '../../../tools/app/house.ts'
import { anthropicAt, isCall, openaiAt } from '../../../tools/app/start-sluice.ts'
import { eventually, within } from '../../../tools/app/within.ts'
import { openClient, refusedClient } from '../../../tools/server/websocket/open-client.ts'
import {
  type RealtimeUpstream,
  startRealtime,
} from '../../../tools/server/websocket/start-realtime.ts'

const PATH = '/v1/realtime?model=gpt-realtime'

const startHouse = async (): Promise<{ upstream: RealtimeUpstream; sluice: House }> => {
  const upstream = await startRealtime()
  const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
  return { upstream, sluice }
}

const done = (input: number, output: number, cached: number): string =>
  JSON.stringify({
    type: 'response.done',
    response: {
      usage: {
        input_tokens: input,
        output_tokens: output,
        input_token_details: { cached_tokens: cached },
      },
    },
  })

it('goes to the vendor with its key, and with none of the caller', async () => {
  const { upstream, sluice } = await startHouse()
  const client = await openClient(
    sluice.url,
    '/v1/realtime?model=openai/gpt-realtime&intent=x&key=secret-1',
    {
      protocols: ['realtime', 'openai-insecure-api-key.secret-2'],
      headers: { 'openai-safety-identifier': 'abc', cookie: 'secret-3' },
    },
  )
  expect(client.socket.protocol).toBe('realtime')
  await client.until('what the upstream says first', ({ type }) => type === 'session.created')
  const [request] = upstream.requests
  expect(request?.url).toBe('/v1/realtime?model=gpt-realtime&intent=x')
  expect(request?.headers).toMatchObject({
    authorization: 'Bearer sk-upstream-openai',
    'openai-safety-identifier': 'abc',
  })
  expect(JSON.stringify(request?.rawHeaders) + request?.url).not.toContain('secret')
})

it('passes frames untouched both ways, and counts the usage of every response', async () => {
  const { upstream, sluice } = await startHouse()
  const client = await openClient(sluice.url, PATH)
  await client.until('the session', ({ type }) => type === 'session.created')
  const text = ' { "type" : "x",\n"text":"Grüße 世界" } '
  const audio = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 256))
  client.socket.send(text)
  client.socket.send(audio)
  await eventually('both have come', () => upstream.received.length === 2, 30_000)
  expect(upstream.received).toEqual([
    [Buffer.from(text), false],
    [audio, true],
  ])
  const frames: [Buffer, boolean][] = []
  client.socket.removeAllListeners('message')
  client.socket.on('message', (data: Buffer, binary) => frames.push([data, binary]))
  const [server] = upstream.sockets
  for (const frame of [text, audio, done(10, 20, 3), done(1, 2, 0)]) server?.send(frame)
  await eventually('all have come', () => frames.length === 4, 30_000)
  expect(frames.slice(0, 2)).toEqual([
    [Buffer.from(text), false],
    [audio, true],
  ])
  client.socket.close(1000)
  expect(await within(30_000, 'the line', sluice.logged(isCall))).toMatchObject({
    route: 'WS /v1/realtime',
    model: 'gpt-realtime',
    target: 'openai/gpt-realtime',
    tokensIn: 11,
    tokensOut: 22,
    tokensCached: 3,
    estimated: false,
    outcome: 'ok',
  })
})

it('counts audio and cached tokens of every response that reports its usage', async () => {
  const { upstream, sluice } = await startHouse()
  const client = await openClient(sluice.url, PATH)
  await client.until('the session', ({ type }) => type === 'session.created')
  const usage = {
    total_tokens: 350,
    input_tokens: 250,
    output_tokens: 100,
    input_token_details: {
      text_tokens: 50,
      audio_tokens: 200,
      cached_tokens: 128,
      cached_tokens_details: { text_tokens: 0, audio_tokens: 128 },
    },
    output_token_details: { text_tokens: 20, audio_tokens: 80 },
  }
  const [server] = upstream.sockets
  for (const response of [
    { status: 'completed', usage },
    { status: 'cancelled', usage },
    { status: 'failed', usage: null },
  ]) {
    server?.send('{"type":"response.created"}')
    server?.send(JSON.stringify({ type: 'response.done', response }))
  }
  // In a conversation it is not usage.
  server?.send(JSON.stringify({ type: 'x', text: '"response.done"', response: { usage } }))
  server?.send('{"type":"response.created"}')
  await eventually('all have come', () => client.frames.length === 9, 30_000)
  client.socket.close(1000)
  expect(await within(30_000, 'the line', sluice.logged(isCall))).toMatchObject({
    tokensIn: 500,
    tokensOut: 200,
    tokensCached: 256,
    // The last one was cut off.
    estimated: true,
  })
})

describe('an end', () => {
  it.each([
    ['with a code', (socket: WebSocket) => socket.close(4000, 'enough'), 4000, 'ok'],
    ['without one', (socket: WebSocket) => socket.close(), 1005, 'ok'],
    ['that is a break', (socket: WebSocket) => socket.terminate(), 1011, 'upstream_broken'],
  ] as const)('of the upstream %s is forwarded to the client', async (_how, end, code, outcome) => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, PATH)
    await client.until('the session', ({ type }) => type === 'session.created')
    end(upstream.sockets[0]!)
    expect(await within(30_000, 'the close', client.closed)).toBe(code)
    expect((await sluice.logged(isCall)).outcome).toBe(outcome)
  })

  it.each([
    ['with a code', (socket: WebSocket) => socket.close(4000), 4000, 'ok'],
    ['that is a break', (socket: WebSocket) => socket.terminate(), 1006, 'client_left'],
  ] as const)('of the client %s is forwarded to the upstream', async (_how, end, code, outcome) => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, PATH)
    await client.until('the session', ({ type }) => type === 'session.created')
    const closed = new Promise((resolve) => {
      upstream.sockets[0]?.once('close', resolve)
    })
    end(client.socket)
    expect(await within(30_000, 'the close', closed)).toBe(code)
    expect((await sluice.logged(isCall)).outcome).toBe(outcome)
  })

  it('waits for the response in progress at a shutdown', async () => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, PATH)
    upstream.sockets[0]?.send('{"type":"response.created"}')
    await client.until('the beginning', ({ type }) => type === 'response.created')
    const closing = sluice.close()
    upstream.sockets[0]?.send(done(1, 1, 0))
    await client.until('the end', ({ type }) => type === 'response.done')
    expect(await within(30_000, 'the close', client.closed)).toBe(1001)
    await closing
  })
})

it('stops to read a side whose other side does not', async () => {
  const { upstream, sluice } = await startHouse()
  const client = await openClient(sluice.url, PATH)
  await client.until('the session', ({ type }) => type === 'session.created')
  client.socket.removeAllListeners('message')
  let received = 0
  client.socket.on('message', (data: Buffer) => (received += data.length))
  client.socket.pause()
  const [server] = upstream.sockets
  const piece = Buffer.alloc(1024 * 1024)
  for (let count = 0; count < 64; count++) server?.send(piece)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(server?.bufferedAmount).toBeGreaterThan(32 * 1024 * 1024)
  client.socket.resume()
  await eventually('everything has come', () => received === 64 * 1024 * 1024, 30_000)
}, 30_000)

it('stops to read a client whose upstream does not read', async () => {
  const { upstream, sluice } = await startHouse()
  const client = await openClient(sluice.url, PATH)
  await client.until('the session', ({ type }) => type === 'session.created')
  const [server] = upstream.sockets
  server?.pause()
  const piece = Buffer.alloc(1024 * 1024, 7)
  for (let count = 0; count < 64; count++) client.socket.send(piece)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect(client.socket.bufferedAmount).toBeGreaterThan(32 * 1024 * 1024)
  server?.resume()
  await eventually('everything has come', () => upstream.received.length === 64, 30_000)
  expect(upstream.received.every(([data]) => data.equals(piece))).toBe(true)
}, 60_000)

describe('a conversation that cannot be', () => {
  it.each([
    ['without a model', '/v1/realtime', 400, 'model'],
    ['with a model that has none', '/v1/realtime?model=claude-opus-4-5', 400, 'model'],
  ])('%s is refused in JSON', async (_what, path, status, param) => {
    const upstream = await startRealtime()
    const sluice = await sluiceForTest({
      providers: [openaiAt(upstream.url), anthropicAt(upstream.url)],
    })
    const refused = await refusedClient(sluice.url, path)
    expect(refused).toMatchObject({ status, json: { error: { param } } })
  })

  it('is refused as the upstream refuses it', async () => {
    const body =
      '{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded","more":1}}'
    const upstream = await startRealtime({ answers: [{ status: 429, body }] })
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    const refused = await refusedClient(sluice.url, PATH)
    expect([refused.status, refused.json]).toEqual([429, JSON.parse(body)])
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'upstream_rate_limited' })
  })

  it('is refused if there is no upstream', async () => {
    const upstream = await startRealtime()
    await upstream.close()
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    expect((await refusedClient(sluice.url, PATH)).status).toBe(502)
  })

  it('closes the upstream if the client’s handshake fails', async () => {
    const { upstream, sluice } = await startHouse()
    const { status } = await sluice.send(PATH, {
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
    })
    expect(status).toBe(400)
    await eventually(
      'no upstream is left',
      () => upstream.sockets.every(({ readyState }) => readyState === 3),
      30_000,
    )
  })
})
