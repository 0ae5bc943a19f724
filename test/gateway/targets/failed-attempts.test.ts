/** A call costs what all of its attempts used, also those whose answer its client did not receive. */
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
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { anthropicAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { callsOf } from '../../tools/app/house.ts'
import { costsIn, RUNNING_COST, startSettled } from '../../tools/gateway/settled-house.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const M = 1_000_000

/** The first target is ten times as expensive as the second one. */
const PRICES: AppOptions['prices'] = [
  { target: 'openai/*', rates: { input: 10, output: 20 } },
  { target: 'anthropic/*', rates: { input: 1, output: 2 } },
]
const aliases = [{ name: 'pair', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }]

const start = (options: Partial<AppOptions> = {}) =>
  startSettled({ prices: PRICES, aliases, ...options })

const USED = { input: 100, output: 10 }
const REPORTED = { input_tokens: 1000, output_tokens: 50 }

let failures = 0

/** A response that fails at once, and says what it used. */
const failedResponse = () => ({
  id: `resp_${failures++}`,
  object: 'response',
  created_at: 1,
  model: GPT,
  status: 'failed',
  output: [],
  error: { code: 'server_error', message: 'The server had an error.' },
  usage: REPORTED,
})

/** The same of a complete Chat answer. */
const failedChat = () => ({
  error: { message: 'The server had an error.', type: 'server_error', code: 'server_error' },
  usage: { prompt_tokens: 1000, completion_tokens: 50 },
})

const raw = (text: string, contentType: string): Answer => ({
  fault: { rawBytes: [Buffer.from(text)], contentType },
})
const failure = (stream: boolean, response: object = failedResponse()): Answer => {
  if (!stream) return raw(JSON.stringify(response), 'application/json')
  const event = { type: 'response.failed', sequence_number: 0, response }
  return raw(`event: response.failed\ndata: ${JSON.stringify(event)}\n\n`, 'text/event-stream')
}

const SPENT_IN_VAIN = (1000 * 10 + 50 * 20) / M
const SPENT_WELL = (100 * 1 + 10 * 2) / M

describe.each([
  ['a relayed stream', RESPONSES, responsesBody('x', { model: 'pair', stream: true }), 0],
  ['a translated stream', MESSAGES, messagesBody('x', { model: 'pair', stream: true }), 0],
  ['a relayed answer', CHAT, chatBody('x', { model: 'pair' }), 1],
  ['a translated answer', MESSAGES, messagesBody('x', { model: 'pair' }), 0],
])('%s', (_, path, body, isChat) => {
  const stream = 'stream' in body
  const failed = (isSilent = false): Answer => {
    const { usage, ...silent } = isChat ? failedChat() : failedResponse()
    return failure(stream, isSilent ? silent : { ...silent, usage })
  }
  const startPair = (options: Partial<AppOptions> = {}) =>
    startSettled((url) => ({
      prices: PRICES,
      aliases,
      providers: [
        { ...openaiAt(url), protocols: [isChat ? 'openai-chat' : 'openai-responses'] },
        anthropicAt(url),
      ],
      ...options,
    }))

  it('costs what the failed attempt before it reported', async () => {
    const { sluice, upstream, settlements } = await startPair()
    upstream.next(failed(), { parts: [{ text: 'one two' }], usage: USED })
    const { status, text, headers } = await sluice.send(path, { body, headers: RUNNING_COST })
    expect(status, text).toBe(200)
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([
      {
        outcome: 'ok',
        attempts: 2,
        target: { provider: 'anthropic' },
        usage: { inputTokens: 1100, outputTokens: 60, estimated: false },
      },
    ])
    expect(settlements[0]?.cost).toBeCloseTo(SPENT_IN_VAIN + SPENT_WELL, 12)
    const told = stream ? costsIn(text).at(-1) : Number(headers['x-sluice-cost'])
    expect(told).toBe(settlements[0]?.cost)
  })

  it('has an unknown cost if the failed attempt has one', async () => {
    const { sluice, upstream, settlements } = await startPair({
      prices: [{ target: 'anthropic/*', rates: { input: 1, output: 2 } }],
      aliases: [{ name: 'pair', targets: ['openai/gpt-99', `anthropic/${CLAUDE}`] }],
    })
    upstream.next(failed(), { parts: [{ text: 'one two' }], usage: USED })
    const { status, text, headers } = await sluice.send(path, { body, headers: RUNNING_COST })
    expect(status, text).toBe(200)
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ cost: null, usage: { inputTokens: 1100 } }])
    expect(costsIn(text)).toEqual([])
    expect(headers).not.toHaveProperty('x-sluice-cost')
  })

  it('costs only its own tokens if the attempt before it used none', async () => {
    const { sluice, upstream, settlements } = await startPair()
    for (const first of [failed(true), { fault: { status: 503 } }]) {
      upstream.next(first, { parts: [{ text: 'one two' }], usage: USED })
      await sluice.send(path, { body })
    }
    await sluice.logged(() => settlements.length === 2)
    for (const { cost, attempts } of settlements) {
      expect(attempts).toBe(2)
      expect(cost).toBe(SPENT_WELL)
    }
  })

  it('costs also what an upstream had begun and broke off, as far as it can be estimated', async () => {
    const { sluice, upstream, settlements } = await startPair()
    const cut = { parts: [{ text: 'one two' }], fault: { cutAfterEvents: 0 } }
    upstream.next(cut, { parts: [{ text: 'one two' }], usage: USED })
    const { status, text } = await sluice.send(path, { body })
    expect(status, text).toBe(200)
    await sluice.logged(isCall)
    const [{ usage, cost, attempts } = {}] = settlements
    expect(attempts).toBe(2)
    expect(usage).toMatchObject({ estimated: true })
    expect(usage?.inputTokens).toBeGreaterThan(110)
    expect(cost).toBeGreaterThan(SPENT_WELL + (10 * 10) / M)
  })
})

it('a call that fails for good costs what its attempts reported', async () => {
  const { sluice, upstream, settlements } = await start()
  upstream.next(failure(true), failure(true), failure(true))
  const body = responsesBody('x', { model: `openai/${GPT}`, stream: true })
  const { status } = await sluice.send(RESPONSES, { body })
  expect(status).toBeGreaterThanOrEqual(500)
  expect(settlements).toMatchObject([
    { attempts: 3, usage: { inputTokens: 3000, outputTokens: 150 } },
  ])
  expect(settlements[0]?.cost).toBeCloseTo(3 * SPENT_IN_VAIN, 12)
})

it('a call that its client leaves at the second attempt costs both', async () => {
  const { sluice, upstream, settlements } = await start()
  upstream.next(failure(true), { fault: { stallAfterEvents: 0 } })
  const body = responsesBody('x', { model: 'pair', stream: true })
  const client = await openRawClient(sluice.url)
  client.write(toRequest(RESPONSES, body))
  await eventually('the second attempt', () => callsOf(upstream).length === 2)
  client.socket.destroy()
  await sluice.logged(isCall)
  expect(settlements).toMatchObject([{ outcome: 'client_left', attempts: 2 }])
  expect(settlements[0]?.cost).toBeGreaterThan(SPENT_IN_VAIN)
})

describe('vectors in several requests', () => {
  const EMBEDDING = 'text-embedding-3-small'
  const embeddings: Partial<AppOptions> = {
    prices: [
      { target: 'openai/*', rates: { input: 10 } },
      { target: 'gemini/*', rates: { input: 1 } },
    ],
    aliases: [{ name: 'vectors', targets: [`openai/${EMBEDDING}`, 'gemini/gemini-embedding-001'] }],
  }
  const body = {
    model: 'vectors',
    dimensions: 8,
    input: Array.from({ length: 2100 }, (_, at) => `text ${at}`),
  }

  it('cost what their first target answered before it failed', async () => {
    const { sluice, upstream, settlements } = await startSettled(embeddings)
    upstream.next({}, { fault: { status: 503 } })
    const { status, headers } = await sluice.send('/v1/embeddings', { body })
    expect([status, headers['x-sluice-target']]).toEqual([200, 'gemini/gemini-embedding-001'])
    await sluice.logged(isCall)
    const [{ usage, cost } = {}] = settlements
    const { inputTokens = 0 } = usage ?? {}
    expect(inputTokens).toBeGreaterThan(2048 + 2100)
    // Each request at the price of its own target.
    expect(cost).toBeGreaterThan((2048 * 10 + 2100) / M)
    expect(usage?.outputTokens).toBe(0)
  })

  it('are counted once if a request is tried again', async () => {
    const { sluice, upstream, settlements } = await startSettled(embeddings)
    const once = { ...body, model: `openai/${EMBEDDING}` }
    await sluice.send('/v1/embeddings', { body: once })
    upstream.next({}, { fault: { status: 503 } })
    await sluice.send('/v1/embeddings', { body: once })
    await sluice.logged(() => settlements.length === 2)
    const [first, second] = settlements
    expect(second).toMatchObject({ attempts: 2, cost: first?.cost })
    expect(second?.usage.inputTokens).toBe(first?.usage.inputTokens)
  })

  it('that their client leaves have no output', async () => {
    const { sluice, upstream, settlements } = await startSettled(embeddings)
    upstream.next({ fault: { stallAfterEvents: 0 } })
    const client = await openRawClient(sluice.url)
    client.write(toRequest('/v1/embeddings', { model: `openai/${EMBEDDING}`, input: 'x' }))
    await eventually('the answer has begun', () => (callsOf(upstream)[0]?.bytesWritten ?? 0) > 0)
    client.socket.destroy()
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'client_left', usage: { outputTokens: 0 } }])
    expect(settlements[0]?.cost).toBeGreaterThan(0)
  })
})

describe('a model in this process', () => {
  it('costs what it used before it failed, beside the model that answered', async () => {
    const { sluice, upstream, settlements } = await start({
      demo: { paceMs: 0 },
      prices: [...(PRICES ?? []), { target: 'demo/*', rates: { input: 10, output: 20 } }],
      aliases: [{ name: 'pair', targets: ['demo/demo', `anthropic/${CLAUDE}`] }],
    })
    upstream.next({ parts: [{ text: 'one two' }], usage: USED })
    const body = chatBody('[[tokens 60]] [[cut 40]]', { model: 'pair' })
    const { status, text } = await sluice.send(CHAT, { body })
    expect(status, text).toBe(200)
    expect(settlements).toMatchObject([{ attempts: 2, usage: { estimated: true } }])
    expect(settlements[0]?.cost).toBeGreaterThan(SPENT_WELL)
  })

  it('costs its input if its client leaves before it answers', async () => {
    const { sluice, settlements } = await start({
      demo: { paceMs: 0 },
      openAfterMs: 0,
      prices: [{ target: 'demo/*', rates: { input: 10, output: 20 } }],
    })
    const client = await openRawClient(sluice.url)
    const body = chatBody('[[stall]]', { model: 'demo/demo', stream: true })
    client.write(toRequest(CHAT, body))
    await client.until(': keepalive')
    client.socket.destroy()
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'client_left', usage: { estimated: true } }])
    expect(settlements[0]?.cost).toBeGreaterThan(0)
  })
})
