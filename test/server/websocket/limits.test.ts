/** Turns of sockets count as streams. A refused one is an error frame that says when to try again. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, responsesBody } from '../../tools/app/asks.ts'
import { headers, KEY, startLimited } from '../../tools/access/limited.ts'
import { callsOf, sluiceForTest } from '../../tools/app/house.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { isError, openClient, refusedClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'

const DOORS = [
  ['/ws', (id: string) => ({ id, ...chatBody() }), 'done'],
  ['/ws', (id: string) => ({ id, ...chatBody('x', { model: CLAUDE }) }), 'done'],
  ['/v1/responses', () => responsesBody(), 'response.completed'],
] as const

describe.each(DOORS)('turns of %s', (path, frame, end) => {
  it('count as calls and as streams, and the upgrade does not', async () => {
    const { sluice } = await startLimited({ streamingPerMinute: 2, windowRequests: 50 })
    const sockets = [
      await openClient(sluice.url, path, { headers }),
      await openClient(sluice.url, path, { headers }),
      await openClient(sluice.url, path, { headers }),
    ]
    const [one, two, three] = sockets
    for (const socket of [one, two]) {
      socket?.send(frame('a'))
      await socket?.until('the end', ({ type }) => type === end)
    }
    three?.send(frame('b'))
    const refused = await three?.until('a refusal', isError)
    expect(refused).toMatchObject({
      status: 429,
      error: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
      retry_after: expect.any(Number),
    })
    expect(refused?.retry_after).toBeGreaterThan(0)
    expect(refused?.retry_after).toBeLessThanOrEqual(60)
    // Calls that are not streamed are not concerned.
    const plain = await sluice.send(CHAT, { headers, body: chatBody() })
    expect(plain.status).toBe(200)
    expect(plain.headers['x-ratelimit-remaining-requests']).toBe('47')
    expect(
      (await sluice.send(CHAT, { headers, body: chatBody('x', { stream: true }) })).status,
    ).toBe(429)
    for (const each of sockets) each?.socket.close()
  })

  it.each([
    ['its client closes', 'close'],
    ['its client vanishes', 'terminate'],
  ] as const)('release their slot when %s', async (_, way) => {
    const { sluice, upstream } = await startLimited({ concurrentStreams: 1 })
    upstream.next({ fault: { neverAnswer: true } })
    const client = await openClient(sluice.url, path, { headers })
    client.send(frame('a'))
    const other = await openClient(sluice.url, path, { headers })
    await eventually('the upstream is called', () => callsOf(upstream).length > 0)
    client.socket[way]()
    await sluice.logged(isCall)
    other.send(frame('b'))
    await other.until('the end', ({ type }) => type === end)
    other.socket.close()
  })
})

it('a turn that is cancelled releases its slot', async () => {
  const { sluice, upstream } = await startLimited({ concurrentStreams: 1 })
  upstream.next({ fault: { neverAnswer: true } })
  const client = await openClient(sluice.url, '/ws', { headers })
  client.send({ id: 'a', ...chatBody() })
  await eventually('the upstream is called', () => callsOf(upstream).length > 0)
  client.send({ type: 'cancel', id: 'a' })
  await client.until('the end of the first', isError)
  await sluice.logged(isCall)
  client.send({ id: 'b', ...chatBody() })
  await client.until('the end', ({ type }) => type === 'done')
  client.socket.close()
})

it('a realtime conversation counts as one call', async () => {
  const upstream = await startRealtime()
  const sluice = await sluiceForTest({
    keys: [KEY],
    callerLimits: { everyCaller: { windowRequests: 1, streamingPerMinute: 1 } },
    providers: [openaiAt(upstream.url)],
  })
  const path = '/v1/realtime?model=gpt-realtime'
  const client = await openClient(sluice.url, path, { headers })
  expect(client.headers).toMatchObject({ 'x-ratelimit-remaining-requests': '0' })
  const refused = await refusedClient(sluice.url, path, { headers })
  expect(refused.status).toBe(429)
  expect(refused.json).toMatchObject({ error: { code: 'rate_limit_exceeded' } })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  client.socket.close()
})
