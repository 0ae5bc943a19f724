/** What the spans say of calls that fail, are tried again or are given up. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { startReceiver, tracesTo } from '../../tools/telemetry/otlp-receiver.ts'

const start = async (options: Partial<AppOptions> = {}) => {
  const receiver = await startReceiver()
  return { receiver, ...(await startHouse({ traces: tracesTo(receiver), ...options })) }
}

const WORDS = { parts: [{ text: 'word '.repeat(200) }], paceMs: 5, pieces: 100 }

describe('an attempt', () => {
  it('that fails is followed by one that says why', async () => {
    const { receiver, upstream, sluice } = await start({
      aliases: [{ name: 'fast', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
    })
    upstream.next({ fault: { status: 503 } }, { parts: [{ text: 'x' }] })
    await sluice.send(CHAT, { body: chatBody('x', { model: 'fast' }) })
    const [[call, first, second] = []] = await receiver.callsOf(sluice)
    expect(call).toMatchObject({
      name: 'chat fast',
      failed: false,
      attributes: { 'sluice.attempts': 2, 'sluice.target': `anthropic/${CLAUDE}` },
    })
    expect(first).toMatchObject({
      name: `chat ${GPT}`,
      failed: true,
      attributes: {
        'error.type': 'upstream_overloaded',
        'http.response.status_code': 503,
        'sluice.attempt.number': 1,
        'sluice.lane': 'relay',
        'sluice.protocol': 'openai-chat',
      },
    })
    expect(first?.attributes).not.toHaveProperty('sluice.attempt.reason')
    expect(second).toMatchObject({
      name: `chat ${CLAUDE}`,
      failed: false,
      attributes: {
        'sluice.attempt.number': 2,
        'sluice.attempt.reason': 'fallback',
        'http.request.resend_count': 1,
        'sluice.lane': 'translate',
        'sluice.protocol': 'anthropic-messages',
      },
    })
    const sent = callsOf(upstream).map(({ headers }) => headers.traceparent)
    expect(sent).toEqual([first, second].map((each) => `00-${call?.traceId}-${each?.spanId}-01`))
  })

  it('at the same target is a retry', async () => {
    const { receiver, upstream, sluice } = await start()
    upstream.next({ fault: { resetBeforeAnswer: true } }, { parts: [{ text: 'x' }] })
    await sluice.send(CHAT, { body: chatBody() })
    const [[, first, second] = []] = await receiver.callsOf(sluice)
    expect(first?.attributes).toMatchObject({ 'error.type': 'upstream_broken' })
    expect(first?.attributes).not.toHaveProperty('http.response.status_code')
    expect(second?.attributes).toMatchObject({ 'sluice.attempt.reason': 'retry' })
  })

  it('with another key has the position of each, and no key', async () => {
    const keys = ['sk-pool-key-one-1111', 'sk-pool-key-two-2222']
    const receiver = await startReceiver()
    const { upstream } = await startHouse({ upstream: { keys: { openai: null } } })
    const { apiKey: _, ...provider } = openaiAt(upstream.url)
    const sluice = await sluiceForTest({
      providers: [{ ...provider, apiKeys: keys }],
      traces: tracesTo(receiver),
    })
    upstream.next({ fault: { status: 429, headers: { 'retry-after': '60' } } })
    await sluice.send(CHAT, { body: chatBody() })
    const [[, first, second] = []] = await receiver.callsOf(sluice)
    expect([first, second].map((each) => each?.attributes['sluice.key'])).toEqual([1, 2])
    expect(second?.attributes).toMatchObject({ 'sluice.attempt.reason': 'other_key' })
    for (const key of keys) expect(receiver.raw()).not.toContain(key)
  })
})

describe('a call that fails', () => {
  it('at its upstream has its code and the status that the client got', async () => {
    const { receiver, upstream, sluice } = await start({ retry: { retries: 0, baseMs: 1 } })
    upstream.next({ fault: { status: 500 } })
    const { status } = await sluice.send(CHAT, { body: chatBody() })
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect(call).toMatchObject({
      failed: true,
      events: [],
      attributes: { 'error.type': 'upstream_failed', 'http.response.status_code': status },
    })
    expect(attempt?.failed).toBe(true)
  })

  it('because of its client is not marked as failed', async () => {
    const { receiver, sluice } = await start()
    await sluice.send(CHAT, { body: chatBody('x', { model: 'no-such-model-anywhere' }) })
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect(call).toMatchObject({
      name: 'chat no-such-model-anywhere',
      failed: false,
      attributes: { 'error.type': 'upstream_missing', 'http.response.status_code': 404 },
    })
    expect(attempt).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'upstream_missing', 'http.response.status_code': 404 },
    })
  })

  it('before it is sent anywhere has no attempt, and Sluice as its provider', async () => {
    const { receiver, sluice } = await start()
    await sluice.send(CHAT, { body: { messages: [] } })
    const [[call, ...attempts] = []] = await receiver.callsOf(sluice)
    expect(attempts).toEqual([])
    expect(call).toMatchObject({
      name: 'chat',
      failed: false,
      attributes: {
        'error.type': 'invalid_request',
        'http.response.status_code': 400,
        'gen_ai.provider.name': 'sluice',
        'sluice.attempts': 0,
      },
    })
  })

  it('in its stream had the status 200, and is marked as failed', async () => {
    const { receiver, upstream, sluice } = await start()
    upstream.next({ ...WORDS, fault: { cutAfterEvents: 3 } })
    await sluice.send(MESSAGES, { body: messagesBody('x', { stream: true }) })
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect(call).toMatchObject({
      failed: true,
      events: ['first_byte'],
      attributes: { 'error.type': 'upstream_broken', 'http.response.status_code': 200 },
    })
    expect(attempt).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'upstream_broken', 'http.response.status_code': 200 },
    })
  })

  it('after its stream was opened early had the status 200, too', async () => {
    const { receiver, upstream, sluice } = await start({
      openAfterMs: 20,
      retry: { retries: 0, baseMs: 1 },
    })
    upstream.next({ delayMs: 300, fault: { status: 500 } })
    await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(call).toMatchObject({ failed: true, events: ['opened_early'] })
    expect(call?.attributes).toMatchObject({ 'http.response.status_code': 200 })
  })
})

describe('a call whose client leaves', () => {
  it.each([
    ['a relayed stream', CHAT, chatBody('x', { stream: true })],
    ['a translated stream', MESSAGES, messagesBody('x', { model: GPT, stream: true })],
  ])('ends with its stream, and did not fail: %s', async (_, path, body) => {
    const { receiver, upstream, sluice } = await start()
    upstream.next(WORDS)
    const leaving = new AbortController()
    const asked = sluice.send(path, { body, signal: leaving.signal }).catch(() => undefined)
    await eventually('it streams', () => (upstream.calls.at(-1)?.bytesWritten ?? 0) > 1000)
    await sleep(50)
    leaving.abort()
    await asked
    await sluice.logged(isCall)
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    for (const span of [call, attempt]) {
      expect(span?.failed).toBe(false)
      expect(span?.attributes).toMatchObject({ 'error.type': 'client_left' })
    }
    expect(call?.durationMs).toBeGreaterThan(40)
  })

  it('on a socket, or that is cancelled there, says so', async () => {
    const { receiver, upstream, sluice } = await start()
    upstream.next(WORDS)
    const client = await openClient(sluice.url, '/ws')
    client.send({ id: '1', ...chatBody('x') })
    await eventually('it is asked', () => upstream.calls.length > 0)
    client.socket.terminate()
    await sluice.logged(isCall)
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(['client_left', 'cancelled']).toContain(call?.attributes['error.type'])
  })
})

it('a response that is read again at its upstream is a span of its own', async () => {
  const { receiver, sluice } = await start()
  const { json } = await sluice.send(RESPONSES, { body: responsesBody('x', { store: true }) })
  await sluice.send(`${RESPONSES}/${String(json.id)}`)
  const calls = await receiver.callsOf(sluice, 2)
  expect(calls.map(([call]) => call.name)).toEqual([`chat ${GPT}`, `retrieve_response ${GPT}`])
})
