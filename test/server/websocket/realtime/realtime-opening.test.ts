/** How a realtime conversation finds its upstream: tried in turn, until one says 101. */
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { type House, sluiceForTest } from '../../../tools/app/house.ts'
import { openRawClient } from '../../../tools/app/raw-client.ts'
import { isCall, openaiAt } from '../../../tools/app/start-sluice.ts'
import { eventually, within } from '../../../tools/app/within.ts'
import {
  type FrameJson,
  openClient,
  refusedClient,
} from '../../../tools/server/websocket/open-client.ts'
import { toHandshake } from '../../../tools/server/websocket/raw-socket.ts'
import {
  type HandshakeAnswer,
  type RealtimeUpstream,
  startRealtime,
} from '../../../tools/server/websocket/start-realtime.ts'

const PATH = '/v1/realtime?model=gpt-realtime'
const ALIAS = '/v1/realtime?model=voice'
const isSession = ({ type }: FrameJson): boolean => type === 'session.created'

/** Two vendors under one name. */
const startPair = async (
  first: readonly HandshakeAnswer[],
  second: readonly HandshakeAnswer[] = [],
  options: Partial<AppOptions> = {},
): Promise<{ upstreams: [RealtimeUpstream, RealtimeUpstream]; sluice: House }> => {
  const upstreams: [RealtimeUpstream, RealtimeUpstream] = [
    await startRealtime({ answers: first }),
    await startRealtime({ answers: second }),
  ]
  const deadlines = { connectMs: 1_000 }
  const sluice = await sluiceForTest({
    providers: [
      { ...openaiAt(upstreams[0].url), name: 'first', deadlines },
      { ...openaiAt(upstreams[1].url), name: 'second', deadlines },
    ],
    aliases: [{ name: 'voice', targets: ['first/gpt-realtime', 'second/gpt-realtime-2'] }],
    ...options,
  })
  return { upstreams, sluice }
}

const FAILURES: readonly (readonly [string, HandshakeAnswer])[] = [
  ['refuses our key', { status: 401 }],
  ['does not have the model', { status: 404 }],
  ['is asked too much', { status: 429 }],
  ['is overloaded', { status: 503 }],
  ['fails', { status: 500 }],
  ['sends elsewhere', { status: 302, headers: ['location: http://127.0.0.1:1/'] }],
  ['resets the connection', 'reset'],
  ['says nothing in time', 'silence'],
  ['answers another handshake', 'wrong key'],
  ['does not speak HTTP', 'not HTTP'],
]

describe('a target that', () => {
  it.each(FAILURES)('%s is passed over for the next', async (_what, answer) => {
    const { upstreams, sluice } = await startPair([answer])
    const client = await openClient(sluice.url, ALIAS)
    await client.until('the session', isSession)
    expect(client.headers).toMatchObject({
      'x-sluice-model': 'voice',
      'x-sluice-target': 'second/gpt-realtime-2',
      'x-sluice-attempts': '2',
    })
    expect(upstreams.map(({ requests }) => requests.map(({ url }) => url))).toEqual([
      ['/v1/realtime?model=gpt-realtime'],
      ['/v1/realtime?model=gpt-realtime-2'],
    ])
    await eventually('the first is let go of', () => upstreams[0].openSockets() === 0, 30_000)
    client.socket.close()
    expect(await within(30_000, 'the line', sluice.logged(isCall))).toMatchObject({
      model: 'voice',
      target: 'second/gpt-realtime-2',
      attempts: 2,
      outcome: 'ok',
    })
  })

  it('is not there is passed over for the next', async () => {
    const { upstreams, sluice } = await startPair([])
    await upstreams[0].close()
    const client = await openClient(sluice.url, ALIAS)
    expect(client.headers['x-sluice-target']).toBe('second/gpt-realtime-2')
  })

  it('refuses for a reason that applies at every target ends the search', async () => {
    const { upstreams, sluice } = await startPair([{ status: 400 }])
    const { status, json, headers } = await refusedClient(sluice.url, ALIAS)
    expect([status, json.error?.message]).toEqual([400, 'no, sir'])
    expect(headers).toMatchObject({
      'x-sluice-target': 'first/gpt-realtime',
      'x-sluice-attempts': '1',
    })
    expect(upstreams[1].requests).toEqual([])
  })

  it('breaks after it has sent 101 is not replaced', async () => {
    const { upstreams, sluice } = await startPair([])
    const client = await openClient(sluice.url, ALIAS)
    await client.until('the session', isSession)
    upstreams[0].sockets[0]?.terminate()
    expect(await within(30_000, 'the close', client.closed)).toBe(1011)
    expect(upstreams[1].requests).toEqual([])
  })
})

describe('a last target', () => {
  const open = async (answers: readonly HandshakeAnswer[]) => {
    const upstream = await startRealtime({ answers })
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    return { upstream, sluice }
  }

  it.each([
    ['an error of its own', { status: 500 }],
    ['a reset', 'reset'],
    ['another handshake', 'wrong key'],
  ] as const)('is tried again after %s, twice at most', async (_what, answer) => {
    const { upstream, sluice } = await open([answer, answer])
    const client = await openClient(sluice.url, PATH)
    expect(client.headers['x-sluice-attempts']).toBe('3')
    expect(upstream.requests).toHaveLength(3)

    const lost = await open([answer, answer, answer, answer])
    const refused = await refusedClient(lost.sluice.url, PATH)
    expect(refused.headers['x-sluice-attempts']).toBe('3')
    expect(lost.upstream.requests).toHaveLength(3)
    await eventually('nothing is left', () => lost.upstream.openSockets() === 0, 30_000)
  })

  it.each([400, 401, 403, 404, 429])('is not tried again after %i', async (status) => {
    const { upstream, sluice } = await open([{ status, headers: ['retry-after: 7'] }])
    const refused = await refusedClient(sluice.url, PATH)
    expect(refused).toMatchObject({ status, json: { error: { message: 'no, sir' } } })
    expect(refused.headers['retry-after']).toBe('7')
    expect(upstream.requests).toHaveLength(1)
  })

  it('that is silent is a 504 after its connect deadline', async () => {
    const upstream = await startRealtime({ answers: ['silence'] })
    const sluice = await sluiceForTest({
      providers: [{ ...openaiAt(upstream.url), deadlines: { connectMs: 300 } }],
    })
    expect((await refusedClient(sluice.url, PATH)).status).toBe(504)
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'upstream_timeout', attempts: 1 })
    await eventually('it is let go of', () => upstream.openSockets() === 0, 30_000)
  })

  it('that quotes our key is not quoted, nor is the key logged', async () => {
    const body = '{"error":{"message":"Incorrect API key: sk-upstream-openai","type":"x"}}'
    const { sluice } = await open([{ status: 401, body }])
    const { json } = await refusedClient(sluice.url, PATH)
    expect(json.error?.message).toBe('Incorrect API key: [redacted]')
    expect(sluice.rawLog()).not.toContain('sk-upstream-openai')
    await sluice.logged(({ msg }) => msg === 'the provider refuses the configured key')
  })

  it('forwards the headers of its answer, and no cookie', async () => {
    const upstream = await startRealtime({
      headers: ['x-request-id: req_theirs', 'openai-processing-ms: 7', 'set-cookie: a=b'],
    })
    const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
    const { headers } = await openClient(sluice.url, PATH)
    expect(headers).toMatchObject({ 'x-request-id': 'req_theirs', 'openai-processing-ms': '7' })
    expect(headers).not.toHaveProperty('set-cookie')
  })
})

it('a loop of gateways ends with 508', async () => {
  const upstream = await startRealtime()
  const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
  const hops = Array.from({ length: 8 }, (_, hop) => `gateway-${hop}`).join(',')
  const refused = await refusedClient(sluice.url, PATH, {
    headers: { 'x-sluice-hops': hops },
  })
  expect(refused.status).toBe(508)
  expect(upstream.requests).toEqual([])
})

/** Longer than any test waits. */
const patient = ({ url }: RealtimeUpstream) => ({
  ...openaiAt(url),
  deadlines: { connectMs: 90_000 },
})

describe('a client that leaves before there is an answer', () => {
  const WAYS: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['by a reset', (socket) => void socket.resetAndDestroy()],
    ['by its end', (socket) => void socket.end()],
  ]

  it.each(WAYS)('%s closes the upstream', async (_way, leave) => {
    const upstream = await startRealtime({ answers: ['silence'] })
    const sluice = await sluiceForTest({ providers: [patient(upstream)] })
    const client = await openRawClient(sluice.url)
    client.write(toHandshake(PATH))
    await eventually('the upstream is asked', () => upstream.requests.length === 1, 30_000)
    leave(client.socket)
    await eventually('the upstream is let go of', () => upstream.openSockets() === 0, 30_000)
    expect(await within(30_000, 'the line', sluice.logged(isCall))).toMatchObject({
      outcome: 'client_left',
      attempts: 1,
    })
  })

  it('does not prevent a shutdown', async () => {
    const upstream = await startRealtime({ answers: ['silence'] })
    const sluice = await sluiceForTest({ providers: [patient(upstream)], drainMs: 100 })
    const client = await openRawClient(sluice.url)
    client.write(toHandshake(PATH))
    await eventually('the upstream is asked', () => upstream.requests.length === 1, 30_000)
    await within(30_000, 'everything ends', sluice.close())
    await eventually('the upstream is let go of', () => upstream.openSockets() === 0, 30_000)
  })
})
