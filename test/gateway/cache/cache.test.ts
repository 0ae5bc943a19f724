/** Identical calls are answered without an upstream, in every dialect and over both lanes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, GPT } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest } from '../../tools/app/house.ts'
import { eventually } from '../../tools/app/within.ts'
import { CACHE, cacheable, DIALECTS, startCached } from '../../tools/gateway/cached-house.ts'
import { TARGETS } from '../../tools/gateway/settled-house.ts'

const NOTHING_USED = { inputTokens: 0, outputTokens: 0 }

describe.each(DIALECTS.flatMap((dialect) => Object.keys(TARGETS).map((at) => [dialect, at])))(
  '%s at %s',
  (dialect, at) => {
    it.each([false, true])('is answered twice by one call (stream: %s)', async (stream) => {
      const { upstream, sluice, settlements } = await startCached()
      const target = TARGETS[at as keyof typeof TARGETS]
      const { path, body } = cacheable(dialect, target, stream)
      const first = await sluice.send(path, { body })
      const second = await sluice.send(path, { body })
      expect(first.headers).toMatchObject({ 'x-sluice-cache': 'miss', 'x-sluice-attempts': '1' })
      expect(second.headers).toMatchObject({
        'x-sluice-cache': 'hit',
        'x-sluice-cost': '0',
        'x-sluice-attempts': '0',
        'x-sluice-target': target,
        'x-sluice-protocol': first.headers['x-sluice-protocol'],
        'content-type': first.headers['content-type'],
      })
      expect(second.status).toBe(200)
      expect(second.text).toBe(first.text)
      expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
      expect(callsOf(upstream)).toHaveLength(1)
      await eventually('both are settled', () => settlements.length === 2)
      const [made, hit] = settlements
      expect(made).toMatchObject({ cache: 'miss', attempts: 1, outcome: 'ok' })
      expect(made?.cost).toBeGreaterThan(0)
      expect(hit).toMatchObject({
        cache: 'hit',
        attempts: 0,
        outcome: 'ok',
        cost: 0,
        saved: made?.cost,
        usage: NOTHING_USED,
        target: made?.target,
        lane: made?.lane,
      })
    })
  },
)

describe.each([
  ['Completions', '/v1/completions', { model: GPT, prompt: 'hello' }],
  ['a streamed Completion', '/v1/completions', { model: GPT, prompt: 'hello', stream: true }],
  ['embeddings', '/v1/embeddings', { model: 'text-embedding-3-small', input: ['one', 'two'] }],
  [
    "a list of Gemini's events",
    '/v1beta/models/gemini-2.5-pro:streamGenerateContent',
    { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
  ],
])('%s', (_, path, body) => {
  it('are answered by the cache', async () => {
    const { upstream, sluice } = await startCached()
    const first = await sluice.send(path, { body })
    const second = await sluice.send(path, { body })
    expect([first, second].map(({ status }) => status)).toEqual([200, 200])
    expect(second.headers['x-sluice-cache']).toBe('hit')
    expect(second.text).toBe(first.text)
    expect(callsOf(upstream)).toHaveLength(1)
  })
})

describe('the cache', () => {
  it.each([false, true])('knows answers of the demo (stream: %s)', async (stream) => {
    const sluice = await sluiceForTest({ demo: { paceMs: 0 }, cache: CACHE })
    const body = chatBody('hello', { model: 'demo/echo', stream })
    const first = await sluice.send(CHAT, { body })
    const second = await sluice.send(CHAT, { body })
    expect(second.headers['x-sluice-cache']).toBe('hit')
    expect(second.text).toBe(first.text)
  })

  it('is off unless it is configured', async () => {
    const { upstream, sluice, settlements } = await startCached({ cache: undefined })
    for (let time = 0; time < 2; time++) {
      const { headers } = await sluice.send(CHAT, { body: chatBody() })
      expect(headers['x-sluice-cache']).toBeUndefined()
    }
    expect(callsOf(upstream)).toHaveLength(2)
    expect(settlements[1]?.cache).toBeUndefined()
  })

  it('does not depend on how the JSON is written', async () => {
    const { upstream, sluice } = await startCached()
    await sluice.send(CHAT, { body: chatBody('é', { temperature: 1 }) })
    const { headers } = await sluice.send(CHAT, {
      body: `{ "temperature": 1, "messages": [ {"content":"\\u00e9", "role":"user"} ], "model":"${GPT}"}`,
    })
    expect(headers['x-sluice-cache']).toBe('hit')
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('forgets an answer when its time has passed', async () => {
    const { upstream, sluice } = await startCached({ cache: { ...CACHE, ttlMs: 50 } })
    await sluice.send(CHAT, { body: chatBody() })
    await sleep(100)
    const { headers } = await sluice.send(CHAT, { body: chatBody() })
    expect(headers['x-sluice-cache']).toBe('miss')
    expect(callsOf(upstream)).toHaveLength(2)
  })

  it('removes the oldest answer when it is full', async () => {
    const { sluice } = await startCached({ cache: { ...CACHE, maxBytes: 2_500 } })
    const askFor = async (text: string) =>
      (await sluice.send(CHAT, { body: chatBody(text) })).headers['x-sluice-cache']
    for (const text of ['one', 'two', 'three', 'four', 'five']) await askFor(text)
    expect(await askFor('five')).toBe('hit')
    expect(await askFor('one')).toBe('miss')
  })

  it('does not keep an answer of more than a megabyte', async () => {
    const { upstream, sluice } = await startCached()
    for (const stream of [false, true])
      for (let time = 0; time < 2; time++) {
        upstream.next({ parts: [{ text: 'word '.repeat(300_000) }], pieces: 50 })
        const { headers, text } = await sluice.send(CHAT, { body: chatBody('long', { stream }) })
        expect(headers['x-sluice-cache']).toBe('miss')
        expect(text.length).toBeGreaterThan(1_500_000)
      }
    expect(callsOf(upstream)).toHaveLength(4)
  })

  it('is not asked for a request of more than 256 KB', async () => {
    const { upstream, sluice } = await startCached()
    for (let time = 0; time < 2; time++) {
      const { headers } = await sluice.send(CHAT, { body: chatBody('x'.repeat(300_000)) })
      expect(headers['x-sluice-cache']).toBe('bypass')
    }
    expect(callsOf(upstream)).toHaveLength(2)
  })
})

describe('a long answer from the cache', () => {
  it('is replayed completely', async () => {
    const { upstream, sluice, settlements } = await startCached()
    const body = chatBody('long', { stream: true })
    upstream.next({ parts: [{ text: 'word '.repeat(20_000) }], pieces: 2_000 })
    const first = await sluice.send(CHAT, { body })
    const second = await sluice.send(CHAT, { body })
    expect(second.headers['x-sluice-cache']).toBe('hit')
    expect(second.text).toBe(first.text)
    expect(first.text.length).toBeGreaterThan(300_000)
    await eventually('all are settled', () => settlements.length === 2)
    expect(settlements[1]?.outcome).toBe('ok')
  })
})
