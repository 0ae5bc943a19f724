/** What the spans say of a call that is sent to two targets at the same time. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { anthropicAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { SILENT, startPair } from '../../tools/gateway/hedged-pair.ts'
import { startReceiver, tracesTo } from '../../tools/telemetry/otlp-receiver.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const WORKS: Answer = { parts: [{ text: 'It works.' }] }

const startTraced = async (says: readonly [Answer, Answer]) => {
  const receiver = await startReceiver()
  const pair = await startPair([openaiAt, anthropicAt], {
    retry: { retries: 0, baseMs: 1 },
    traces: tracesTo(receiver),
  })
  pair.says.splice(0, 2, ...says)
  /** The spans of the call and of its two attempts. */
  const traced = async () => {
    const [[call, first, second, ...more] = []] = await receiver.callsOf(pair.sluice)
    expect(more).toEqual([])
    if (!call || !first || !second) throw new Error('a span is missing')
    expect(call.attributes['sluice.attempts']).toBe(2)
    // Each upstream continues the trace at its own attempt.
    for (const [upstream, span] of [
      [pair.first, first],
      [pair.second, second],
    ] as const)
      expect(callsOf(upstream).map(({ headers }) => headers.traceparent)).toEqual([
        `00-${call.traceId}-${span.spanId}-01`,
      ])
    expect(second.startMs).toBeLessThan(first.startMs + first.durationMs)
    expect(first.attributes).toMatchObject({ 'sluice.lane': 'relay', 'sluice.attempt.number': 1 })
    expect(first.attributes).not.toHaveProperty('sluice.attempt.reason')
    expect(second.attributes).toMatchObject({
      'sluice.lane': 'translate',
      'sluice.attempt.number': 2,
      'sluice.attempt.reason': 'hedge',
    })
    return { call, first, second }
  }
  return { sluice: pair.sluice, other: pair.second, traced }
}

const OUTRUN = {
  failed: false,
  events: [],
  attributes: { 'error.type': 'cancelled', 'sluice.attempt.outrun': true },
}

describe.each([
  ['a complete answer', false],
  ['a stream', true],
])('%s', (_, stream) => {
  const body = chatBody('x', { model: 'pair', stream })

  it('of the second target ends the span of the first one', async () => {
    const { sluice, traced } = await startTraced([SILENT, WORKS])
    await sluice.send(CHAT, { body })
    const { call, first, second } = await traced()
    expect(first).toMatchObject(OUTRUN)
    expect(first.attributes).not.toHaveProperty('http.response.status_code')
    expect(second).toMatchObject({
      failed: false,
      events: ['first_byte'],
      attributes: { 'http.response.status_code': 200 },
    })
    expect(second.attributes).not.toHaveProperty('error.type')
    expect(second.attributes).not.toHaveProperty('sluice.attempt.outrun')
    expect(call).toMatchObject({
      failed: false,
      attributes: { 'sluice.target': `second/${CLAUDE}`, 'sluice.lane': 'translate' },
    })
  })

  it('of the first target after all ends the span of the second one', async () => {
    const pieces = { parts: [{ text: 'word '.repeat(20) }], pieces: 20, paceMs: 5 }
    const { sluice, traced } = await startTraced([{ ...pieces, delayMs: 300 }, SILENT])
    await sluice.send(CHAT, { body })
    const { call, first, second } = await traced()
    expect(second).toMatchObject(OUTRUN)
    expect(first).toMatchObject({
      failed: false,
      events: ['first_byte'],
      attributes: { 'http.response.status_code': 200 },
    })
    expect(first.attributes).not.toHaveProperty('error.type')
    expect(first.startMs + first.durationMs).toBeGreaterThan(second.startMs + second.durationMs)
    expect(call.attributes).toMatchObject({
      'sluice.target': `first/${GPT}`,
      'sluice.lane': 'relay',
    })
  })

  it('of none leaves each attempt its own failure', async () => {
    const { sluice, traced } = await startTraced([
      { fault: { status: 503 }, delayMs: 300 },
      { fault: { status: 500 } },
    ])
    await sluice.send(CHAT, { body })
    const { call, first, second } = await traced()
    expect(first).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'upstream_overloaded', 'http.response.status_code': 503 },
    })
    expect(second).toMatchObject({
      failed: true,
      attributes: { 'error.type': 'upstream_failed', 'http.response.status_code': 500 },
    })
    // The last one to fail decides.
    expect(call.attributes).toMatchObject({ 'error.type': 'upstream_overloaded' })
    for (const span of [first, second])
      expect(span.attributes).not.toHaveProperty('sluice.attempt.outrun')
  })

  it('that its client does not wait for ends both, and neither has failed', async () => {
    const { sluice, other, traced } = await startTraced([SILENT, SILENT])
    const client = await openRawClient(sluice.url)
    client.write(toRequest(CHAT, body))
    await eventually('two are asked', () => callsOf(other).length === 1)
    client.socket.destroy()
    await sluice.logged(isCall)
    const { call, ...attempts } = await traced()
    for (const span of [call, attempts.first, attempts.second]) {
      expect(span).toMatchObject({ failed: false, attributes: { 'error.type': 'client_left' } })
      expect(span.attributes).not.toHaveProperty('sluice.attempt.outrun')
    }
  })
})

it.each([
  ['wins', '[[pace 30]] [[say one two three four five]]', SILENT, 'one two three four five'],
  ['is outrun', '[[pace 30]] [[tokens 2000]]', WORKS, 'It works.'],
])('the content is one answer if a model in this process %s', async (_, prompt, reply, said) => {
  const receiver = await startReceiver()
  const upstream = await upstreamForTest({ reply: () => reply })
  const sluice = await sluiceForTest({
    demo: {},
    providers: [openaiAt(upstream.url)],
    aliases: [{ name: 'pair', targets: ['demo/demo', `openai/${GPT}`], hedgeAfterMs: 60 }],
    traces: tracesTo(receiver, { content: true }),
  })
  await sluice.send(CHAT, { body: chatBody(prompt, { model: 'pair' }) })
  const [[call, ...attempts] = []] = await receiver.callsOf(sluice)
  expect(attempts).toHaveLength(2)
  const output = JSON.parse(String(call?.attributes['gen_ai.output.messages']))
  expect(output).toMatchObject([{ parts: [{ type: 'text' }] }])
  expect(output[0].parts).toHaveLength(1)
  expect(output[0].parts[0].content.replace('[demo] ', '')).toBe(said)
})

it('an attempt after two that failed is a fallback', async () => {
  const receiver = await startReceiver()
  const failing = await upstreamForTest({ reply: () => ({ fault: { status: 500 }, delayMs: 150 }) })
  const working = await upstreamForTest({ reply: () => WORKS })
  const sluice = await sluiceForTest({
    providers: [
      { ...openaiAt(failing.url), name: 'first' },
      { ...openaiAt(failing.url), name: 'second' },
      { ...openaiAt(working.url), name: 'third' },
    ],
    aliases: [
      {
        name: 'three',
        targets: ['first', 'second', 'third'].map((name) => `${name}/${GPT}`),
        hedgeAfterMs: 40,
      },
    ],
    traces: tracesTo(receiver),
  })
  await sluice.send(CHAT, { body: chatBody('x', { model: 'three' }) })
  const [[, ...attempts] = []] = await receiver.callsOf(sluice)
  expect(attempts.map(({ attributes }) => attributes['sluice.attempt.reason'])).toEqual([
    undefined,
    'hedge',
    'fallback',
  ])
})
