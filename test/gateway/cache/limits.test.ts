/** A hit counts for its caller as any other call, and what is kept leaves room for calls. */
import { describe, expect, it } from 'vitest'
import type { CallerLimits } from '#access'
import { CHAT, chatBody, CLAUDE } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { startCached } from '../../tools/gateway/cached-house.ts'
import { ADMIN, scrape } from '../../tools/telemetry/scrape.ts'

describe('the limits of a caller', () => {
  const headers = { authorization: 'Bearer key-one' }
  const limited = (everyCaller: CallerLimits) =>
    startCached({ keys: ['key-one'], callerLimits: { everyCaller } })

  it.each<[string, CallerLimits]>([
    ['calls of a minute', { requestsPerMinute: 2 }],
    ['calls of a window', { windowRequests: 2, windowMs: 60_000 }],
    ['streams of a minute', { streamingPerMinute: 2 }],
  ])('count a hit among the %s', async (_, limits) => {
    const { sluice } = await limited(limits)
    const sending = { headers, body: chatBody('hello', { stream: true }) }
    expect((await sluice.send(CHAT, sending)).headers['x-sluice-cache']).toBe('miss')
    expect((await sluice.send(CHAT, sending)).headers['x-sluice-cache']).toBe('hit')
    expect((await sluice.send(CHAT, sending)).status).toBe(429)
  })

  it('count none of the tokens of a hit, and release its slot', async () => {
    const { upstream, sluice } = await limited({ tokensPerMinute: 1_000, concurrentStreams: 1 })
    upstream.next({ parts: [{ text: 'hi' }], usage: { input: 100, output: 7 } })
    const sending = { headers, body: chatBody('hello', { stream: true }) }
    for (let time = 0; time < 20; time++) {
      const { status, headers: got } = await sluice.send(CHAT, sending)
      expect(status).toBe(200)
      if (time > 0) expect(got['x-sluice-cache']).toBe('hit')
    }
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('count calls that share an answer, each for itself', async () => {
    const { upstream, sluice } = await limited({ concurrentStreams: 3 })
    upstream.next({ parts: [{ text: 'hi' }], delayMs: 300 })
    const sending = { headers, body: chatBody('hello', { stream: true }) }
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => sluice.send(CHAT, sending)))
    expect(all.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 429, 429])
    expect(callsOf(upstream)).toHaveLength(1)
  })
})

it('the cache makes room for calls, for which its answers are part of what is held', async () => {
  const inFlightBytes = 4 * 1024 * 1024
  const { upstream, sluice } = await startCached({
    limits: { bodyBytes: 4 * 1024 * 1024, depth: 512, inFlightBytes },
    adminKeys: [ADMIN],
  })
  const held = async (): Promise<number> => (await scrape(sluice)).sum('sluice_memory_held_bytes')
  for (let at = 0; at < 6; at++) {
    upstream.next({ parts: [{ text: 'x'.repeat(900_000) }] })
    expect((await sluice.send(CHAT, { body: chatBody(`${at}`) })).status).toBe(200)
    expect(await held()).toBeLessThan(inFlightBytes)
  }
  expect(await held()).toBeGreaterThan(900_000)
  const body = chatBody('y'.repeat(1_500_000))
  expect((await sluice.send(CHAT, { body })).status).toBe(200)
})

it('an answer of another model is not given to a caller that may no longer use the first', async () => {
  const { sluice } = await startCached({
    keys: [
      { key: 'key-one', name: 'one' },
      { key: 'key-two', name: 'two', models: [`anthropic/${CLAUDE}`] },
    ],
  })
  const askAs = (key: string) =>
    sluice.send(CHAT, { body: chatBody(), headers: { authorization: `Bearer ${key}` } })
  expect((await askAs('key-one')).status).toBe(200)
  expect((await askAs('key-two')).status).toBe(403)
})
