/** What the spans of a call say, in every dialect. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE, GPT, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import { sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { ASKS, TARGETS } from '../../tools/gateway/settled-house.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'
import { startReceiver, tracesTo } from '../../tools/telemetry/otlp-receiver.ts'

const usage = { input: 1000, output: 77, cacheRead: 600, reasoning: 7 }

const start = async (options: Partial<AppOptions> = {}) => {
  const receiver = await startReceiver()
  const upstream = await upstreamForTest()
  const { url } = upstream
  const sluice = await sluiceForTest({
    providers: [openaiAt(url), anthropicAt(url), geminiAt(url)],
    traces: tracesTo(receiver),
    ...options,
  })
  return { receiver, upstream, sluice }
}

const VENDORS: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'gcp.gemini',
}

const CASES = Object.keys(ASKS).flatMap((dialect) =>
  Object.entries(TARGETS).flatMap(([vendor, target]) =>
    [false, true].map((stream) => ({ dialect, vendor, target, stream })),
  ),
)

describe('a call', () => {
  it.each(CASES)(
    'in $dialect to $target is one span and one attempt (stream: $stream)',
    async ({ dialect, vendor, target, stream }) => {
      const { receiver, upstream, sluice } = await start()
      upstream.next({ parts: [{ text: 'one two three' }], usage })
      const { path, body } = ASKS[dialect]?.(target, stream) ?? { path: '', body: {} }
      const answer = await sluice.send(path, { body })
      expect(answer.status).toBe(200)
      const line = await sluice.logged(isCall)
      const [[call, attempt, ...others] = []] = await receiver.callsOf(sluice)
      expect(others).toEqual([])
      const operation = dialect === 'Gemini' ? 'generate_content' : 'chat'
      const model = target.slice(target.indexOf('/') + 1)
      expect(call).toMatchObject({
        name: `${operation} ${target}`,
        kind: 'server',
        failed: false,
        parentSpanId: undefined,
        events: ['first_byte'],
        resource: { 'service.name': 'sluice', 'telemetry.sdk.name': 'opentelemetry' },
        attributes: {
          'gen_ai.operation.name': operation,
          'gen_ai.provider.name': VENDORS[vendor],
          'gen_ai.request.model': target,
          'gen_ai.response.finish_reasons': ['stop'],
          'gen_ai.usage.input_tokens': line.tokensIn,
          'gen_ai.usage.output_tokens': line.tokensOut,
          'http.request.method': 'POST',
          'http.response.status_code': 200,
          'sluice.request_id': line.requestId,
          'sluice.caller': 'anonymous',
          'sluice.target': target,
          'sluice.attempts': 1,
          'sluice.outcome': 'ok',
        },
      })
      expect(call?.attributes['gen_ai.request.stream']).toBe(stream ? true : undefined)
      expect(call?.attributes['sluice.cost']).toBeCloseTo(Number(line.cost), 12)
      for (const fact of ['gen_ai.response.id', 'gen_ai.response.model'])
        expect(call?.attributes[fact]).toEqual(expect.stringMatching(/./))
      const { hostname, port } = new URL(upstream.url)
      expect(attempt).toMatchObject({
        traceId: call?.traceId,
        name: `${operation} ${model}`,
        kind: 'client',
        failed: false,
        events: ['first_byte'],
        attributes: {
          'gen_ai.operation.name': operation,
          'gen_ai.provider.name': VENDORS[vendor],
          'gen_ai.request.model': model,
          'http.response.status_code': 200,
          'server.address': hostname,
          'server.port': Number(port),
          'sluice.attempt.number': 1,
        },
      })
      // Usage is in one of them only: it would be counted twice.
      expect(attempt?.attributes).not.toHaveProperty('gen_ai.usage.input_tokens')
    },
  )

  it('has the tokens of every kind', async () => {
    const { receiver, upstream, sluice } = await start()
    upstream.next({ parts: [{ text: 'one' }], usage })
    await sluice.send(CHAT, { body: chatBody() })
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(call?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 77,
      'gen_ai.usage.cache_read.input_tokens': 600,
      'gen_ai.usage.reasoning.output_tokens': 7,
    })
  })

  it('of a key has its name and its owner, and not the key', async () => {
    const key = 'key-of-ann-0123456789'
    const { receiver, sluice } = await start({ keys: [{ key, name: 'laptop', owner: 'ann' }] })
    await sluice.send(CHAT, { body: chatBody(), headers: { authorization: `Bearer ${key}` } })
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(call?.attributes).toMatchObject({ 'sluice.key.name': 'laptop', 'sluice.owner': 'ann' })
    expect(receiver.raw()).not.toContain(key)
  })

  it('to the demo has an attempt without an address', async () => {
    const { receiver, sluice } = await start({ demo: { paceMs: 0 } })
    await sluice.send(CHAT, { body: chatBody('x', { model: 'demo/demo', stream: true }) })
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect(call?.attributes).toMatchObject({ 'gen_ai.provider.name': 'demo', 'sluice.cost': 0 })
    expect(attempt?.attributes).not.toHaveProperty('server.address')
  })
})

describe('other calls', () => {
  it('for vectors are embeddings', async () => {
    const { receiver, sluice } = await start()
    await sluice.send('/v1/embeddings', { body: { model: 'text-embedding-3-small', input: 'x' } })
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect([call?.name, attempt?.name]).toEqual([
      'embeddings text-embedding-3-small',
      'embeddings text-embedding-3-small',
    ])
    expect(call?.attributes).toMatchObject({ 'gen_ai.operation.name': 'embeddings' })
  })

  it('that only count have counted tokens, and no usage', async () => {
    const { receiver, sluice } = await start()
    await sluice.send(`${RESPONSES}/input_tokens`, { body: responsesBody('x', { model: CLAUDE }) })
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(call?.name).toBe(`count_tokens ${CLAUDE}`)
    expect(call?.attributes['sluice.counted_tokens']).toBeGreaterThan(0)
    expect(call?.attributes).not.toHaveProperty('gen_ai.usage.input_tokens')
  })

  it('in the background last until the answer is there', async () => {
    const { receiver, upstream, sluice } = await start()
    upstream.next({ parts: [{ text: 'word '.repeat(30) }], paceMs: 3, pieces: 30 })
    const body = responsesBody('x', { model: CLAUDE, background: true })
    await sluice.send(RESPONSES, { body })
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect(call?.name).toBe(`chat ${CLAUDE}`)
    expect(call?.attributes).toMatchObject({ 'sluice.outcome': 'ok' })
    expect(attempt?.attributes).toMatchObject({ 'sluice.lane': 'translate' })
  })

  it('on a socket are a span for each turn', async () => {
    const { receiver, sluice } = await start()
    const client = await openClient(sluice.url, RESPONSES)
    for (const turn of ['one', 'two']) {
      client.send({ type: 'response.create', ...responsesBody(turn) })
      await client.until(
        'the turn ends',
        () =>
          client.frames.filter(({ type }) => type === 'response.completed').length ===
          (turn === 'one' ? 1 : 2),
      )
    }
    const calls = await receiver.callsOf(sluice, 2)
    expect(calls.map(([call]) => call.name)).toEqual([`chat ${GPT}`, `chat ${GPT}`])
    expect(calls[0]?.[0].attributes).toMatchObject({ 'network.protocol.name': 'websocket' })
    expect(calls[0]?.[0].attributes).not.toHaveProperty('http.response.status_code')
  })

  it('of Realtime are one span for the conversation', async () => {
    const receiver = await startReceiver()
    const upstream = await startRealtime()
    const sluice = await sluiceForTest({
      providers: [openaiAt(upstream.url)],
      traces: tracesTo(receiver),
    })
    const client = await openClient(sluice.url, '/v1/realtime?model=gpt-realtime', {
      headers: { baggage: 'a=b' },
    })
    await client.until('the session', ({ type }) => type === 'session.created')
    client.socket.close(1000)
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect([call?.name, attempt?.name]).toEqual(['realtime gpt-realtime', 'realtime gpt-realtime'])
    const { traceparent, baggage } = upstream.requests[0]?.headers ?? {}
    expect(traceparent).toBe(`00-${call?.traceId}-${attempt?.spanId}-01`)
    expect(baggage).toBeUndefined()
  })
})
