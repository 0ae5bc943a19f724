/** What each call cost: in its settlement, in its log line, and in the headers of a complete answer. */
import { describe, expect, it } from 'vitest'
import type { Settlement } from '#model'
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
import { sluiceForTest } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import {
  ask,
  ASKS,
  FLAT,
  startSettled,
  startSettledRealtime,
  TARGETS,
} from '../../tools/gateway/settled-house.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'

const M = 1_000_000

const usage = {
  input: 5000,
  output: 700,
  cacheRead: 3000,
  cacheWrite: 1000,
  cacheWrite1h: 400,
  reasoning: 200,
}

/** By hand: what each model charges for that usage, in millionths of a dollar. */
const COSTS: readonly (readonly [string, number])[] = [
  // $2.50, $1.25 from the cache, $10. Writing to the cache is not charged.
  [TARGETS.openai, 2000 * 2.5 + 3000 * 1.25 + 700 * 10],
  // $3, $0.30 from the cache, $3.75 and $6 into the cache, $15.
  [TARGETS.anthropic, 1000 * 3 + 3000 * 0.3 + 600 * 3.75 + 400 * 6 + 700 * 15],
  // $1.25, $0.125 from the cache, $10.
  [TARGETS.gemini, 2000 * 1.25 + 3000 * 0.125 + 700 * 10],
]

/** A streamed Chat answer reports its usage only if it is asked to. */
const CLIENTS = Object.keys(ASKS).filter((client) => client !== 'Chat')
const PAIRS = CLIENTS.flatMap((client) =>
  COSTS.map(([target, millionths]) => [client, target, millionths / M] as const),
)

describe('a call', () => {
  it.each(PAIRS)('in %s to %s costs what its vendor charges', async (client, target, cost) => {
    const { sluice, upstream, settlements } = await startSettled()
    for (const stream of [false, true]) {
      upstream.next({ parts: [{ text: 'one two' }], usage })
      const { path, body } = ask(client, target, stream)
      const { status, headers } = await sluice.send(path, { body })
      expect(status).toBe(200)
      expect(headers['x-sluice-cost']).toBe(stream ? undefined : String(cost))
      expect(headers['x-sluice-cost-estimated']).toBeUndefined()
    }
    await sluice.logged(() => settlements.length === 2)
    expect(settlements.map((settlement) => settlement.cost)).toEqual([cost, cost])
    expect(sluice.log.filter(isCall).map((line) => line.cost)).toEqual([cost, cost])
  })

  it('costs what its service tier costs, if the answer names one', async () => {
    const { sluice, upstream } = await startSettled()
    upstream.next({ usage: { input: 1000, output: 100 }, serviceTier: 'flex' })
    const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'gpt-5' }) })
    expect(headers['x-sluice-cost']).toBe('0.001125')
    upstream.next({ usage: { input: 1000, output: 100 }, serviceTier: 'scale' })
    const unknown = await sluice.send(RESPONSES, { body: responsesBody('x', { model: 'gpt-5' }) })
    expect(unknown.headers['x-sluice-cost']).toBeUndefined()
  })

  it('with sound costs what sound costs', async () => {
    const { sluice, upstream } = await startSettled()
    upstream.next({ usage: { input: 1600, audioInput: 1500, output: 10 } })
    const body = { contents: [{ role: 'user', parts: [{ text: 'x' }] }] }
    const path = '/v1beta/models/gemini-2.5-flash:generateContent'
    const { headers } = await sluice.send(path, { body })
    // $0.30, $1 for sound, $2.50.
    expect(headers['x-sluice-cost']).toBe('0.001555')
  })

  it('has the estimated cost of an estimated usage, and says so', async () => {
    const { sluice, settlements } = await startSettled({ prices: FLAT })
    const body = chatBody('x', { stream: true })
    await sluice.send(CHAT, { body })
    await sluice.logged(isCall)
    const [settled] = settlements
    const { inputTokens = 0, outputTokens = 0, estimated } = settled?.usage ?? {}
    expect(estimated).toBe(true)
    expect(inputTokens).toBeGreaterThan(0)
    expect(settled?.cost).toBe((inputTokens + 2 * outputTokens) / M)
  })

  it('has no cost if the price is unknown: not zero', async () => {
    const { sluice, settlements } = await startSettled()
    const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'gpt-99' }) })
    expect(headers).not.toHaveProperty('x-sluice-cost')
    expect(settlements).toMatchObject([{ cost: null, outcome: 'ok' }])
    expect(await sluice.logged(isCall)).toMatchObject({ cost: null })
  })

  it('of the demo costs nothing', async () => {
    const { sluice, settlements } = await startSettled({ demo: { paceMs: 0 } })
    const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'demo/demo' }) })
    expect(headers['x-sluice-cost']).toBe('0')
    expect(settlements).toMatchObject([{ cost: 0 }])
  })

  it('that failed before any token costs nothing, whatever its model', async () => {
    const { sluice, upstream, settlements } = await startSettled()
    upstream.next({ fault: { status: 400 } }, { fault: { status: 400 } })
    await sluice.send(CHAT, { body: chatBody() })
    await sluice.send(CHAT, { body: chatBody('x', { model: 'gpt-99' }) })
    await sluice.send(CHAT, { body: '{' })
    expect(settlements.map(({ cost }) => cost)).toEqual([0, 0, 0])
  })

  it('that counts tokens costs nothing', async () => {
    const { sluice, settlements } = await startSettled()
    const question = { model: CLAUDE, messages: [{ role: 'user', content: 'hello' }] }
    await sluice.send(`${MESSAGES}/count_tokens`, { body: question })
    await sluice.send(`${MESSAGES}/count_tokens`, { body: { ...question, model: GPT } })
    await sluice.send(`${RESPONSES}/input_tokens`, { body: responsesBody() })
    await sluice.send('/v1beta/models/gemini-2.5-pro:countTokens', {
      body: { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
    })
    await sluice.send(CHAT, { body: chatBody() })
    expect(settlements.map(({ outcome }) => outcome)).toEqual(Array(5).fill('ok'))
    const free = settlements.map(({ cost, isFree }) => cost === 0 && isFree)
    expect(free).toEqual([true, true, true, true, false])
  })

  it('for vectors costs what they cost', async () => {
    const { sluice, settlements } = await startSettled()
    const body = { model: 'text-embedding-3-small', input: 'one two three' }
    const { headers } = await sluice.send('/v1/embeddings', { body })
    const cost = ((settlements[0]?.usage.inputTokens ?? 0) * 0.02) / M
    expect(cost).toBeGreaterThan(0)
    expect(settlements[0]?.cost).toBeCloseTo(cost, 12)
    expect(Number(headers['x-sluice-cost'])).toBeCloseTo(cost, 12)
  })
})

it('the log says of which date the published prices are, if they are used', async () => {
  const isListening = ({ msg }: Record<string, unknown>) => msg === 'listening'
  const { sluice } = await startSettled()
  expect(sluice.log.find(isListening)).toMatchObject({ pricesOf: '2026-09-23' })
  const demo = await sluiceForTest({ demo: {} })
  expect(demo.log.find(isListening)).not.toHaveProperty('pricesOf')
})

describe('a stream', () => {
  it('that is cut off costs what was used', async () => {
    const { sluice, upstream, settlements } = await startSettled({ prices: FLAT })
    upstream.next({ parts: [{ text: 'word '.repeat(400) }], fault: { cutAfterEvents: 200 } })
    await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    await sluice.logged(isCall)
    expectUsed(settlements, 'upstream_broken')
  })

  it('that its client leaves costs what was used until then', async () => {
    const { sluice, upstream, settlements } = await startSettled({ prices: FLAT })
    upstream.next({ parts: [{ text: 'word '.repeat(400) }], fault: { stallAfterEvents: 200 } })
    const leaving = new AbortController()
    const response = await fetch(sluice.url + MESSAGES, {
      method: 'POST',
      signal: leaving.signal,
      body: JSON.stringify(messagesBody('x', { stream: true })),
    })
    const reader = response.body?.getReader()
    await reader?.read()
    leaving.abort()
    await sluice.logged(isCall)
    expectUsed(settlements, 'client_left')
  })
})

const expectUsed = (settlements: readonly Settlement[], outcome: string): void => {
  expect(settlements).toMatchObject([{ outcome, usage: { estimated: true } }])
  const { inputTokens = 0, outputTokens = 0 } = settlements[0]?.usage ?? {}
  expect(inputTokens).toBeGreaterThan(0)
  expect(outputTokens).toBeGreaterThan(0)
  expect(settlements[0]?.cost).toBe((inputTokens + 2 * outputTokens) / M)
}

it('a realtime conversation costs what its text and its sound cost', async () => {
  const { upstream, sluice, settlements } = await startSettledRealtime()
  const client = await openClient(sluice.url, '/v1/realtime?model=gpt-realtime')
  await client.until('the session', ({ type }) => type === 'session.created')
  const spent = {
    input_tokens: 132,
    output_tokens: 121,
    input_token_details: {
      text_tokens: 119,
      audio_tokens: 13,
      cached_tokens: 64,
      cached_tokens_details: { text_tokens: 60, audio_tokens: 4 },
    },
    output_token_details: { text_tokens: 30, audio_tokens: 91 },
  }
  for (const socket of upstream.sockets)
    socket.send(JSON.stringify({ type: 'response.done', response: { usage: spent } }))
  await client.until('the answer', ({ type }) => type === 'response.done')
  client.socket.close()
  await sluice.logged(isCall)
  // $4, $32 for sound, $0.40 for either from the cache, $16, $64 for sound.
  const cost = (64 * 0.4 + 9 * 32 + 59 * 4 + 91 * 64 + 30 * 16) / M
  expect(settlements).toHaveLength(1)
  expect(settlements[0]?.cost).toBeCloseTo(cost, 12)
})
