/** Realtime conversations, relayed frame by frame. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeLater, type House, sluiceForTest } from '../../app/house.ts'
import { anthropicAt, isCall, openaiAt } from '../../app/start-sluice.ts'
import { eventually, within } from '../../app/within.ts'
import { openClient, refusedClient } from './open-client.ts'

interface RealtimeUpstream {
  readonly url: string
  readonly requests: IncomingMessage[]
  readonly sockets: WebSocket[]
  /** What came in, with whether it was binary. */
  readonly received: [Buffer, boolean][]
  close(): Promise<void>
}

const startRealtime = async (refusal?: { status: number; body: string }) => {
  const accept = new WebSocketServer({ noServer: true, maxPayload: 128 * 1024 * 1024 })
  const upstream: Omit<RealtimeUpstream, 'url' | 'close'> = {
    requests: [],
    sockets: [],
    received: [],
  }
  const server = createServer()
  server.on('upgrade', (request, socket, head) => {
    upstream.requests.push(request)
    if (refusal) {
      const { status, body } = refusal
      return socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      )
    }
    accept.handleUpgrade(request, socket, head, (webSocket) => {
      upstream.sockets.push(webSocket)
      webSocket.on('message', (data: Buffer, binary) => upstream.received.push([data, binary]))
      // At once, as the vendor does.
      webSocket.send('{"type":"session.created"}')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return closeLater({
    ...upstream,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        for (const client of accept.clients) client.terminate()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  })
}

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
  await eventually('both have come', () => upstream.received.length === 2)
  expect(upstream.received).toEqual([
    [Buffer.from(text), false],
    [audio, true],
  ])
  const frames: [Buffer, boolean][] = []
  client.socket.removeAllListeners('message')
  client.socket.on('message', (data: Buffer, binary) => frames.push([data, binary]))
  const [server] = upstream.sockets
  for (const frame of [text, audio, done(10, 20, 3), done(1, 2, 0)]) server?.send(frame)
  await eventually('all have come', () => frames.length === 4)
  expect(frames.slice(0, 2)).toEqual([
    [Buffer.from(text), false],
    [audio, true],
  ])
  client.socket.close(1000)
  expect(await within(2_000, 'the line', sluice.logged(isCall))).toMatchObject({
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

describe('an end', () => {
  it.each([
    ['with a code', (socket: WebSocket) => socket.close(4000, 'enough'), 4000, 'ok'],
    ['without one', (socket: WebSocket) => socket.close(), 1005, 'ok'],
    ['that is a break', (socket: WebSocket) => socket.terminate(), 1011, 'upstream_broken'],
  ] as const)('of the upstream %s is the client’s, too', async (_how, end, code, outcome) => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, PATH)
    await client.until('the session', ({ type }) => type === 'session.created')
    end(upstream.sockets[0]!)
    expect(await within(2_000, 'the close', client.closed)).toBe(code)
    expect((await sluice.logged(isCall)).outcome).toBe(outcome)
  })

  it.each([
    ['with a code', (socket: WebSocket) => socket.close(4000), 4000, 'ok'],
    ['that is a break', (socket: WebSocket) => socket.terminate(), 1006, 'client_left'],
  ] as const)('of the client %s is the upstream’s, too', async (_how, end, code, outcome) => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, PATH)
    await client.until('the session', ({ type }) => type === 'session.created')
    const closed = new Promise((resolve) => {
      upstream.sockets[0]?.once('close', resolve)
    })
    end(client.socket)
    expect(await within(2_000, 'the close', closed)).toBe(code)
    expect((await sluice.logged(isCall)).outcome).toBe(outcome)
  })

  it('waits for the response under way when the house closes', async () => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, PATH)
    upstream.sockets[0]?.send('{"type":"response.created"}')
    await client.until('the beginning', ({ type }) => type === 'response.created')
    const closing = sluice.close()
    upstream.sockets[0]?.send(done(1, 1, 0))
    await client.until('the end', ({ type }) => type === 'response.done')
    expect(await within(2_000, 'the close', client.closed)).toBe(1001)
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
  await eventually('everything has come', () => received === 64 * 1024 * 1024, 15_000)
}, 30_000)

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
    const body = '{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}'
    const upstream = await startRealtime({ status: 429, body })
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    const refused = await refusedClient(sluice.url, PATH)
    expect(refused).toMatchObject({ status: 429, json: { error: { message: 'slow down' } } })
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'upstream_rate_limited' })
  })

  it('is refused where no upstream is there', async () => {
    const upstream = await startRealtime()
    await upstream.close()
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    expect((await refusedClient(sluice.url, PATH)).status).toBe(502)
  })

  it('lets go of the upstream where the client’s handshake fails', async () => {
    const { upstream, sluice } = await startHouse()
    const { status } = await sluice.send(PATH, {
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
    })
    expect(status).toBe(400)
    await eventually('no upstream is left', () =>
      upstream.sockets.every(({ readyState }) => readyState === 3),
    )
  })
})
