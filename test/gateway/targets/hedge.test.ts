/** A call that is not answered soon is sent to the next target as well, and the answer that comes first is used. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually, PATIENCE_MS, within } from '../../tools/app/within.ts'
import { HEDGED, SILENT, startPair } from '../../tools/gateway/hedged-pair.ts'
import { ASKS, ask } from '../../tools/gateway/settled-house.ts'
import { startThree } from '../../tools/gateway/three-upstreams.ts'
import { isError, openClient } from '../../tools/server/websocket/open-client.ts'
import { ADMIN, scrape } from '../../tools/telemetry/scrape.ts'
import type { Settlement } from '#model'

/** Three targets of one vendor. */
const startHedged = (options: Parameters<typeof startThree>[0] = {}) =>
  startThree({ ...options, alias: { ...HEDGED, ...options.alias } })

const bodyOf = (dialect: string, stream: boolean) => {
  const { path, body } = ask(dialect, 'pair', stream)
  return { path, body: dialect === 'Responses' ? { ...body, store: false } : body }
}

describe.each(Object.keys(ASKS))('%s', (dialect) => {
  it.each([
    ['relayed or translated', [openaiAt, anthropicAt]],
    ['the other way round', [anthropicAt, openaiAt]],
    ['from Gemini', [geminiAt, openaiAt]],
  ] as const)('is answered by the second target if the first is silent, %s', async (_, vendors) => {
    for (const stream of [true, false]) {
      const { sluice, first, second, settlements } = await startPair(vendors)
      const { path, body } = bodyOf(dialect, stream)
      const { status, headers, text } = await sluice.send(path, { body })
      expect(status, text).toBe(200)
      expect(text).toContain('It works')
      expect(headers['x-sluice-target']).toMatch(/^second\//)
      expect(headers['x-sluice-attempts']).toBe('2')
      await within(PATIENCE_MS, 'the slower one is cancelled', callsOf(first)[0]!.closed)
      expect(callsOf(first)[0]?.closedEarly).toBe(true)
      expect([callsOf(first).length, callsOf(second).length]).toEqual([1, 1])
      expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'ok', attempts: 2 })
      expect(settlements).toMatchObject([
        {
          attempts: 2,
          target: { provider: 'second' },
          failedAttempts: [{ target: { provider: 'first' }, code: 'cancelled' }],
          usage: { estimated: true },
        },
      ])
      const [{ usage, cost, outrunTokens = 0 } = {} as Settlement] = settlements
      expect(outrunTokens).toBeGreaterThan(0)
      // A stream of Chat that is relayed reports no usage.
      if (stream && dialect === 'Chat' && vendors[1] === openaiAt) continue
      expect(usage.inputTokens + usage.outputTokens).toBe(110 + outrunTokens)
      expect(cost).toBeCloseTo((100 * 1 + 10 * 2 + outrunTokens * 1) / 1e6, 12)
    }
  })
})

it('a call that is answered soon is sent once', async () => {
  const { sluice, first, second } = await startHedged({ alias: { hedgeAfterMs: 10_000 } })
  for (const stream of [true, false])
    await sluice.send(CHAT, { body: chatBody('x', { model: 'best', stream }) })
  expect([first.count(), second.count()]).toEqual([2, 0])
})

it('the first target is used if it answers first after all', async () => {
  const { sluice, first, second, third, upstreams } = await startHedged()
  for (const stream of [true, false]) {
    first.says({ parts: [{ text: 'late, but first' }], delayMs: 200 })
    second.says(SILENT)
    const { headers, text } = await sluice.send(CHAT, {
      body: chatBody('x', { model: 'best', stream }),
    })
    expect(headers).toMatchObject({ 'x-sluice-target': 'first/gpt-4o', 'x-sluice-attempts': '2' })
    expect(text).toContain('late')
    await within(PATIENCE_MS, 'the other one is cancelled', callsOf(upstreams[1]!).at(-1)!.closed)
  }
  expect([first.count(), second.count(), third.count()]).toEqual([2, 2, 0])
})

it('a stream goes on while the other target is forgotten', async () => {
  const { sluice, first, second } = await startHedged()
  first.says(SILENT)
  second.says({ parts: [{ text: 'word '.repeat(50) }], pieces: 50, paceMs: 5 })
  const { text } = await sluice.send(CHAT, {
    body: chatBody('x', { model: 'best', stream: true }),
  })
  expect(text.split('word').length - 1).toBe(50)
  expect(text).toContain('[DONE]')
})

describe('a failure', () => {
  it('of the first target leaves the second one to answer', async () => {
    const { sluice, first, second } = await startHedged()
    first.says({ fault: { status: 500 }, delayMs: 100 })
    second.says({ parts: [{ text: 'fine' }], delayMs: 250 })
    const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
    expect(headers).toMatchObject({ 'x-sluice-target': 'second/gpt-4o', 'x-sluice-attempts': '2' })
  })

  it('of the second target leaves the first one to answer', async () => {
    const { sluice, first, second } = await startHedged()
    first.says({ parts: [{ text: 'fine' }], delayMs: 250 })
    second.says({ fault: { status: 500 } })
    const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
    expect(headers).toMatchObject({ 'x-sluice-target': 'first/gpt-4o', 'x-sluice-attempts': '2' })
  })

  it('of both is followed by the next target, which is asked alone', async () => {
    const { sluice, first, second, third } = await startHedged()
    first.says({ fault: { status: 500 }, delayMs: 150 })
    second.says({ fault: { status: 503 } })
    third.says({ parts: [{ text: 'fine' }], delayMs: 150 })
    const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
    expect(headers).toMatchObject({ 'x-sluice-target': 'third/gpt-4o', 'x-sluice-attempts': '3' })
    expect([first.count(), second.count(), third.count()]).toEqual([1, 1, 1])
  })

  it('of all is that of the last one, and its target is named', async () => {
    const { sluice, first, second } = await startHedged({
      retry: { retries: 0, baseMs: 1 },
      alias: { targets: ['first/gpt-4o', 'second/gpt-4o'] },
    })
    first.says({ fault: { status: 503 }, delayMs: 150 })
    second.says({ fault: { status: 500 } })
    const answer = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
    expect([answer.status, answer.headers['x-sluice-target']]).toEqual([503, 'first/gpt-4o'])
  })

  it('of the first target before the time has come is an ordinary one', async () => {
    const { sluice, first, second, third } = await startHedged({ alias: { hedgeAfterMs: 500 } })
    first.says({ fault: { status: 500 } })
    second.says(SILENT)
    const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
    expect(headers).toMatchObject({ 'x-sluice-target': 'third/gpt-4o', 'x-sluice-attempts': '3' })
    expect([first.count(), second.count(), third.count()]).toEqual([1, 1, 1])
  })
})

it('no more than two targets are asked at a time', async () => {
  const { sluice, first, second, third } = await startHedged()
  for (const each of [first, second, third]) each.says(SILENT)
  const client = await openRawClient(sluice.url)
  client.write(toRequest(CHAT, chatBody('x', { model: 'best' })))
  await eventually('two are asked', () => second.count() === 1)
  await sleep(200)
  expect([first.count(), second.count(), third.count()]).toEqual([1, 1, 0])
  client.socket.destroy()
})

it('a client that leaves ends both, and pays for both', async () => {
  for (const stream of [true, false]) {
    const { sluice, first, second, says, settlements } = await startPair([openaiAt, anthropicAt])
    says[1] = SILENT
    const client = await openRawClient(sluice.url)
    client.write(toRequest(CHAT, chatBody('hello there', { model: 'pair', stream })))
    await eventually('two are asked', () => callsOf(second).length === 1)
    client.socket.destroy()
    for (const each of [first, second])
      await within(PATIENCE_MS, 'the upstream closes', callsOf(each)[0]!.closed)
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'client_left', attempts: 2 }])
    const alone = Math.ceil(
      JSON.stringify(chatBody('hello there', { model: 'pair', stream })).length / 4,
    )
    expect(settlements[0]?.usage.inputTokens).toBe(2 * alone)
    expect(sluice.log.filter(isCall)).toHaveLength(1)
  }
})

it('a client that leaves a model in this process and an upstream is noted once for each', async () => {
  const settlements: Settlement[] = []
  const upstream = await upstreamForTest({ reply: () => SILENT })
  const sluice = await sluiceForTest({
    demo: {},
    providers: [openaiAt(upstream.url)],
    aliases: [{ name: 'pair', targets: ['demo/demo', `openai/${GPT}`], ...HEDGED }],
    settlers: [(settlement) => void settlements.push(settlement)],
  })
  const client = await openRawClient(sluice.url)
  client.write(toRequest(CHAT, chatBody('[[stall]]', { model: 'pair' })))
  await eventually('two are asked', () => callsOf(upstream).length === 1)
  client.socket.destroy()
  await sluice.logged(isCall)
  expect(settlements).toMatchObject([{ outcome: 'client_left', attempts: 2 }])
  expect(settlements[0]?.failedAttempts).toHaveLength(1)
})

it('the body is in memory once, although it is sent twice', async () => {
  const { sluice, second, says } = await startPair([openaiAt, openaiAt], { adminKeys: [ADMIN] })
  says[1] = SILENT
  const body = chatBody('x'.repeat(4_000_000), { model: 'pair' })
  const client = await openRawClient(sluice.url)
  client.write(toRequest(CHAT, body))
  await eventually('both have the body', () => callsOf(second)[0]?.body !== undefined)
  const { json } = await sluice.send('/health', { headers: { authorization: `Bearer ${ADMIN}` } })
  const { held_bytes: heldBytes } = (json.backends as { memory: { held_bytes: number } }).memory
  expect(heldBytes).toBeGreaterThan(4_000_000)
  expect(heldBytes).toBeLessThan(5_000_000)
  client.socket.destroy()
})

it('a target that is skipped is not asked as the second one', async () => {
  const { sluice, first, second, third } = await startHedged({
    breaker: { failures: 1, ratio: 1, windowMs: 60_000, restMs: 60_000 },
  })
  second.says({ fault: { status: 500 } })
  await sluice.send(CHAT, { body: chatBody('x', { model: 'second/gpt-4o' }) })
  second.recovers()
  const before = second.count()
  first.says(SILENT)
  const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
  expect(headers['x-sluice-target']).toBe('third/gpt-4o')
  expect([second.count(), third.count()]).toEqual([before, 1])
})

it('an alias with one target asks it again', async () => {
  const { sluice, first } = await startHedged({ alias: { targets: ['first/gpt-4o'] } })
  let asked = 0
  first.answers(() => (asked++ === 0 ? SILENT : { parts: [{ text: 'the second time' }] }))
  const { text, headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
  expect(text).toContain('the second time')
  expect(headers['x-sluice-attempts']).toBe('2')
  expect(first.count()).toBe(2)
})

it('a target that was too slow is not taken for one that fails', async () => {
  const { sluice, first, second } = await startHedged({
    breaker: { failures: 2, ratio: 0.5, windowMs: 60_000, restMs: 60_000 },
  })
  first.says(SILENT)
  for (let call = 0; call < 10; call++)
    await sluice.send(CHAT, { body: chatBody('x', { model: 'best', stream: call % 2 === 0 }) })
  expect(first.count()).toBe(10)
  first.recovers()
  // On a busy machine, it would be asked in time and answer first.
  second.says(SILENT)
  const { headers } = await sluice.send(CHAT, { body: chatBody('x', { model: 'best' }) })
  expect(headers['x-sluice-target']).toBe('first/gpt-4o')
  expect(sluice.log.some(({ msg }) => msg === 'fails, and is skipped where it can be')).toBe(false)
})

it('a model in this process can be outrun, and can win', async () => {
  const upstream = await upstreamForTest({ reply: () => ({ parts: [{ text: 'It works.' }] }) })
  const sluice = await sluiceForTest({
    demo: {},
    providers: [openaiAt(upstream.url)],
    aliases: [{ name: 'pair', targets: ['demo/demo', `openai/${GPT}`], ...HEDGED }],
  })
  for (const stream of [true, false]) {
    const slow = await sluice.send(CHAT, { body: chatBody('[[stall]]', { model: 'pair', stream }) })
    expect(slow.headers['x-sluice-target']).toBe(`openai/${GPT}`)
    expect(slow.text).toContain('It works')
    upstream.next(SILENT)
    const body = chatBody('[[delay 200]] hello', { model: 'pair', stream })
    const quick = await sluice.send(CHAT, { body })
    expect(quick.headers['x-sluice-target']).toBe('demo/demo')
    expect(quick.headers['x-sluice-attempts']).toBe('2')
  }
})

describe('a call is sent once', () => {
  const stateful = (body: object) =>
    [RESPONSES, responsesBody('x', { model: 'best', ...body })] as const
  it.each([
    ['that its upstream stores', ...stateful({})],
    ['in the background', ...stateful({ store: false, background: true, stream: true })],
    ['of a conversation', ...stateful({ store: false, conversation: 'conv_1' })],
    [
      'with a tool of another server',
      ...stateful({
        store: false,
        tools: [{ type: 'mcp', server_label: 'a', server_url: 'https://a.test' }],
      }),
    ],
    ['that its upstream stores, in Chat', CHAT, chatBody('x', { model: 'best', store: true })],
  ])('%s', async (_, path, body) => {
    const { sluice, first, second } = await startHedged({ trustUnknownIds: true })
    first.says({ parts: [{ text: 'late' }], delayMs: 200 })
    await sluice.send(path, { body })
    expect([first.count(), second.count()]).toEqual([1, 0])
  })

  it('but not one whose answer is stored here', async () => {
    const { sluice, second } = await startPair([anthropicAt, anthropicAt])
    const body = responsesBody('x', { model: 'pair' })
    expect((await sluice.send(RESPONSES, { body })).status).toBe(200)
    expect(callsOf(second)).toHaveLength(1)
  })

  it('for its embeddings', async () => {
    const { sluice, first, second } = await startHedged({
      alias: { targets: ['first/text-embedding-3-small', 'second/text-embedding-3-small'] },
    })
    first.says({ delayMs: 150 })
    await sluice.send('/v1/embeddings', { body: { model: 'best', input: 'x' } })
    expect([first.count(), second.count()]).toEqual([1, 0])
  })
})

it('the limits of a caller count one call, one stream and the tokens of one attempt', async () => {
  const key = 'key-of-ann'
  const headers = { authorization: `Bearer ${key}` }
  const { sluice } = await startPair([openaiAt, anthropicAt], {
    keys: [key],
    callerLimits: {
      everyCaller: {
        windowRequests: 10,
        windowMs: 60_000,
        concurrentStreams: 1,
        tokensPerMinute: 10_000,
      },
    },
  })
  const body = chatBody('x '.repeat(2_000), { model: 'pair', stream: true })
  for (let call = 0; call < 3; call++)
    expect((await sluice.send(CHAT, { body, headers })).status).toBe(200)
  const { headers: told } = await sluice.send(MESSAGES, {
    body: messagesBody('x', { model: 'second/claude-opus-5' }),
    headers,
  })
  const limits = String(told.ratelimit)
  expect(limits).toMatch(/"requests";r=6/)
  const left = Number(/"tokens-per-minute";r=(\d+)/.exec(limits)?.[1])
  // Three calls of 110 tokens each. The estimate of the last call is small.
  expect(left).toBeGreaterThan(9_500)
})

it('the metrics count both attempts', async () => {
  const { sluice } = await startPair([openaiAt, anthropicAt], { adminKeys: [ADMIN] })
  await sluice.send(CHAT, { body: chatBody('x', { model: 'pair' }) })
  await sluice.logged(isCall)
  const { sum } = await scrape(sluice)
  expect(sum('sluice_calls_total')).toBe(1)
  expect(sum('sluice_attempts_total')).toBe(2)
  expect(sum('sluice_attempts_total', { provider: 'first', outcome: 'cancelled' })).toBe(1)
  expect(sum('sluice_attempts_total', { provider: 'second', outcome: 'ok' })).toBe(1)
})

describe('on a socket', () => {
  it.each([
    ['/ws', { id: 'a', ...chatBody('hello', { model: 'pair' }) }, 'done'],
    [
      '/v1/responses',
      { type: 'response.create', ...responsesBody('hello', { model: 'pair', store: false }) },
      'response.completed',
    ],
  ])('%s, the second target answers, too', async (path, frame, end) => {
    const { sluice, first, second } = await startPair([openaiAt, anthropicAt])
    const client = await openClient(sluice.url, path)
    client.send(frame)
    const last = await client.until('an end', (each) => isError(each) || each.type === end)
    expect(last.type).toBe(end)
    await within(PATIENCE_MS, 'the slower one is cancelled', callsOf(first)[0]!.closed)
    expect(callsOf(second)).toHaveLength(1)
  })
})
