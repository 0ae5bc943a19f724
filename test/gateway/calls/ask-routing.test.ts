/** Where calls of this process go, and who looks on. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { cancelled, createDeparture, type ModelEvent, type ModelRequest, type Tracer } from '#model'
import { GPT } from '../../tools/app/asks.ts'
import { callsOf, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually, PATIENCE_MS, within } from '../../tools/app/within.ts'
import { ANN, startAsking, turnOf } from '../../tools/gateway/asking.ts'
import { HEDGED, SILENT } from '../../tools/gateway/hedged-pair.ts'
import { FLAT } from '../../tools/gateway/settled-house.ts'

/** The alias `best` leads to two upstreams. */
const startTwo = async (
  alias: Partial<NonNullable<AppOptions['aliases']>[number]>,
  options: Partial<AppOptions> = {},
) => {
  const second = await upstreamForTest()
  const house = await startAsking((url) => ({
    prices: FLAT,
    providers: [
      { ...openaiAt(url), name: 'first', deadlines: { firstEventMs: 400 } },
      { ...openaiAt(second.url), name: 'second' },
    ],
    aliases: [{ name: 'best', targets: [`first/${GPT}`, `second/${GPT}`], ...alias }],
    ...options,
  }))
  return { ...house, first: house.upstream, second }
}

describe('the calls of a conversation', () => {
  const SESSIONS = Array.from({ length: 12 }, (_, at) => `ses_${at}`)

  it('go to one of several targets', async () => {
    const { ask } = await startTwo({ strategy: 'weighted' })
    const used = new Map(SESSIONS.map((session) => [session, new Set<string>()]))
    for (let turn = 0; turn < 3; turn++)
      for (const conversation of SESSIONS) {
        const { heard, outcome } = ask('best', { conversation })
        await outcome
        used.get(conversation)?.add(heard.begun[0]?.provider ?? '')
      }
    for (const targets of used.values()) expect([...targets]).toHaveLength(1)
    expect(new Set([...used.values()].flatMap((targets) => [...targets])).size).toBe(2)
  })

  it('go to the other target while theirs fails', async () => {
    const { ask, settlements } = await startTwo({ strategy: 'weighted' })
    const { heard, outcome } = ask('best', { conversation: 'ses_1' })
    await outcome
    const [home] = heard.begun
    const house = await startTwo({ strategy: 'weighted' })
    const ill = home?.provider === 'first' ? house.first : house.second
    ill.next({ fault: { status: 500 } })
    const again = house.ask('best', { conversation: 'ses_1' })
    expect((await again.outcome).error).toBeUndefined()
    expect(again.heard.begun).not.toEqual([home])
    expect(settlements).toHaveLength(1)
  })

  it('are those of one user', async () => {
    const { ask } = await startTwo({ strategy: 'weighted' })
    const used = new Set<string>()
    for (let at = 0; at < 20; at++) {
      const { heard, outcome } = ask('best', {
        conversation: 'default',
        caller: { ...ANN, userId: `user-${at}`, userOf: ANN },
      })
      await outcome
      used.add(heard.begun[0]?.provider ?? '')
    }
    expect(used.size).toBe(2)
  })
})

describe('a target that is silent', () => {
  it('is outrun by another one, which alone is heard', async () => {
    const { ask, first, second, settlements } = await startTwo(HEDGED)
    first.next(SILENT)
    second.next({ parts: [{ text: 'It works.' }], usage: { input: 100, output: 10 } })
    const { outcome, heard } = ask('best')
    const { settlement, error } = await outcome
    expect(error).toBeUndefined()
    expect(heard.text).toBe('It works.')
    expect(heard.begun).toEqual([{ provider: 'second', model: GPT }])
    await within(PATIENCE_MS, 'the slower one is cancelled', callsOf(first)[0]!.closed)
    expect(settlements).toEqual([settlement])
    expect(settlement).toMatchObject({
      attempts: 2,
      failedAttempts: [{ target: { provider: 'first' }, code: 'cancelled' }],
    })
    expect(heard.costs.at(-1)).toBe(settlement.cost)
    expect(heard.tokens.at(-1)).toBe(settlement.usage.outputTokens)
  })

  it('is not asked twice for what may have effects', async () => {
    const { ask, first, second } = await startTwo(HEDGED)
    const tool: ModelRequest['tools'][number] = {
      kind: 'native',
      protocol: 'openai-responses',
      name: 'mcp',
      value: { type: 'mcp', server_label: 'x', server_url: 'https://x.example' },
    }
    first.next({ parts: [{ text: 'late' }], delayMs: 200 })
    const { outcome, heard } = ask('best', { request: { tools: [tool] } })
    await outcome
    expect(heard.text).toBe('late')
    expect(callsOf(second)).toHaveLength(0)
  })
})

it('the cache is not asked, and keeps nothing', async () => {
  const { ask, upstream, settlements } = await startAsking({
    cache: { store: 'memory', maxBytes: 1024 * 1024, ttlMs: 60_000 },
  })
  await Promise.all([ask(`openai/${GPT}`).outcome, ask(`openai/${GPT}`).outcome])
  await ask(`openai/${GPT}`).outcome
  expect(callsOf(upstream)).toHaveLength(3)
  expect(settlements.map(({ cache }) => cache)).toEqual(['bypass', 'bypass', 'bypass'])
})

it('an upstream is sent the headers of its own protocol, and none of ours but the trace of the way', async () => {
  const { ask, upstream } = await startAsking()
  await ask(`openai/${GPT}`, { tags: 'team-a' }).outcome
  const [call] = callsOf(upstream)
  expect(call?.headers).toMatchObject({ authorization: 'Bearer sk-upstream-openai' })
  expect(call?.headers).not.toHaveProperty('x-sluice-tags')
  expect(call?.headers).toHaveProperty('x-sluice-hops')
  expect(call?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } })
})

describe('a trace', () => {
  const createTracer = () => {
    const requests: ModelRequest[] = []
    const events: ModelEvent[] = []
    const ends: string[] = []
    const nothing = () => undefined
    const tracer: Tracer = {
      begin: () => ({
        asked: (model, stream) => void ends.push(`asked ${model} ${stream}`),
        attempt: (target) => ({
          content: {
            wantsRequest: true,
            asked: (request) => void requests.push(request),
            event: (event) => void events.push(event),
          },
          lane: (kind, protocol) => void ends.push(`${kind} ${protocol} of ${target.provider}`),
          sent: nothing,
          received: nothing,
          failed: nothing,
          outrun: nothing,
          decides: nothing,
          headers: () => ['traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
        }),
        firstByte: nothing,
        openedEarly: nothing,
        settle: ({ outcome }) => void ends.push(outcome),
      }),
    }
    return { tracer, requests, events, ends }
  }

  it.each([
    [`openai/${GPT}`, 'translate openai-chat of openai'],
    ['demo/demo', 'translate local of demo'],
  ])('has the request and each event once (%s)', async (target, lane) => {
    const { tracer, requests, events, ends } = createTracer()
    const { ask, upstream } = await startAsking({ demo: { paceMs: 0 } }, { tracer })
    const { outcome, heard } = ask(target, { request: { turns: [turnOf('say something')] } })
    await outcome
    expect(requests).toMatchObject([{ turns: [turnOf('say something')] }])
    expect(events.map(({ type }) => type)).toEqual(heard.events.map(({ type }) => type))
    expect(ends).toEqual([`asked ${target} true`, lane, 'ok'])
    for (const call of callsOf(upstream)) expect(call.headers).toHaveProperty('traceparent')
  })
})

it('a request is not held while its answer goes on', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const { generation, upstream } = await startAsking()
  upstream.next({ parts: [{ text: 'one two' }], pieces: 2, fault: { stallAfterEvents: 3 } })
  let hasBegun = false
  const departure = createDeparture()
  const start = () => {
    const turns = [turnOf('hello')]
    const request: ModelRequest = { model: `openai/${GPT}`, stream: true, turns, tools: [] }
    const call = { requestId: 'r', route: 'r', caller: ANN, signal: departure, request }
    const listener = { begin: () => void (hasBegun = true), event: () => undefined }
    return { asked: new WeakRef(turns), outcome: generation.gateway.ask(call, listener) }
  }
  const { asked, outcome } = start()
  await eventually('the answer begins', () => hasBegun)
  await eventually('the request is free', () => {
    collectGarbage()
    return asked.deref() === undefined
  })
  departure.abort(cancelled())
  await outcome
})
