/** Of many calls at the same time exactly the allowed number pass, whatever is counted and whoever is counted. */
import { describe, expect, it } from 'vitest'
import { type Admission, type Caller, type CallerLimits, createLimits, type Pass } from '#access'
import { createLiveStore } from '#stores'
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
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'

const KEYS = ['key-of-ann', 'key-of-bob']
const ANN = { authorization: 'Bearer key-of-ann' }
const BOB = { authorization: 'Bearer key-of-bob' }

const limited = (everyCaller: CallerLimits) => ({ keys: KEYS, callerLimits: { everyCaller } })

const MANY = 60
const FEW = 17

const repeat = <Value>(count: number, make: () => Value): Value[] =>
  Array.from({ length: count }, make)

const COUNTS: readonly (readonly [string, CallerLimits, Record<string, unknown>])[] = [
  ['calls in a window', { windowRequests: FEW }, {}],
  ['calls in a bucket', { requestsPerMinute: 1, burst: FEW }, {}],
  ['streams a minute', { streamingPerMinute: FEW }, { stream: true }],
  ['streams at a time', { concurrentStreams: FEW }, { stream: true }],
  ['calls of a model', { models: { 'gpt-*': { windowRequests: FEW } } }, {}],
]

describe('exactly the allowed number passes', () => {
  it.each(COUNTS)('of %s', async (_, limits, more) => {
    const { sluice, upstream } = await startHouse({
      ...limited(limits),
      upstream: {
        reply: ({ body }) => ({
          parts: [{ text: 'one' }],
          delayMs: JSON.stringify(body).includes('wait') ? 60_000 : 0,
        }),
      },
    })
    const leave = new AbortController()
    const statuses: number[] = []
    const ask = async () => {
      const sending = { headers: ANN, body: chatBody('wait', more), signal: leave.signal }
      const answer = await sluice.send(CHAT, sending).catch(() => undefined)
      if (answer) statuses.push(answer.status)
    }
    const asked = repeat(MANY, ask)
    await eventually('the others are refused', () => statuses.length === MANY - FEW)
    await eventually('the first are asked', () => callsOf(upstream).length === FEW)
    expect(new Set(statuses)).toEqual(new Set([429]))
    // Another caller has a count of its own.
    const other = await sluice.send(CHAT, { headers: BOB, body: chatBody('x', more) })
    expect(other.status).toBe(200)
    leave.abort()
    await Promise.all(asked)
    expect(callsOf(upstream)).toHaveLength(FEW + 1)
  })

  it('whatever route and lane they take', async () => {
    const { sluice } = await startHouse(limited({ windowRequests: 6 }))
    const ways = [
      [CHAT, chatBody()],
      [CHAT, chatBody('x', { model: CLAUDE, stream: true })],
      [MESSAGES, messagesBody()],
      [MESSAGES, messagesBody('x', { model: GPT, stream: true })],
      [RESPONSES, responsesBody()],
      ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'x' }],
      [`${RESPONSES}/compact`, responsesBody()],
      [RESPONSES, responsesBody('x', { background: true, model: CLAUDE })],
    ] as const
    const statuses: number[] = []
    for (const [path, body] of ways)
      statuses.push((await sluice.send(path, { headers: ANN, body })).status)
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429, 429])
  })
})

describe('what does not count', () => {
  it('is a count of tokens, a list of models or a look at the health', async () => {
    const { sluice } = await startHouse(limited({ windowRequests: 1 }))
    const free = async () => [
      await sluice.send('/v1/models', { headers: ANN }),
      await sluice.send('/health', { headers: ANN }),
      await sluice.send(`${MESSAGES}/count_tokens`, {
        headers: ANN,
        body: { model: CLAUDE, messages: [{ role: 'user', content: 'hello' }] },
      }),
    ]
    const ask = () => sluice.send(CHAT, { headers: ANN, body: chatBody() })
    expect((await free()).map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(429)
    const after = await free()
    expect(after.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(after.flatMap(({ headers }) => headers.ratelimit ?? [])).toEqual([])
  })

  it('is a retry or a fallback', async () => {
    const { sluice, upstream } = await startHouse({
      ...limited({ windowRequests: 10, tokensPerMinute: 1000 }),
      aliases: [{ name: 'both', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
    })
    upstream.next(
      { fault: { status: 500, body: { error: { message: 'no' } } } },
      { fault: { status: 500, body: { error: { message: 'no' } } } },
      {},
    )
    const answer = await sluice.send(CHAT, { headers: ANN, body: chatBody('x', { model: 'both' }) })
    expect(answer.status).toBe(200)
    expect(callsOf(upstream).length).toBeGreaterThan(1)
    expect(answer.headers['x-ratelimit-remaining-requests']).toBe('9')
  })

  it('is a call that is refused for another reason', async () => {
    const { sluice } = await startHouse(limited({ windowRequests: 1 }))
    const headers = ANN
    const unknown = await sluice.send(CHAT, {
      headers,
      body: chatBody('x', { model: 'x'.repeat(300) }),
    })
    const broken = await sluice.send(CHAT, { headers, body: '{' })
    expect([unknown.status, broken.status]).toEqual([404, 400])
    expect((await sluice.send(CHAT, { headers, body: chatBody() })).status).toBe(200)
  })

  it('is anything without a key on this machine', async () => {
    const { sluice } = await startHouse({ callerLimits: { everyCaller: { windowRequests: 1 } } })
    for (const _ of [1, 2]) expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(200)
  })
})

describe('tokens a minute', () => {
  it('are estimated when a call arrives, and corrected when it ends', async () => {
    const { sluice, upstream } = await startHouse(limited({ tokensPerMinute: 10_000 }))
    const body = chatBody('word '.repeat(800))
    const remaining = async () => {
      const answer = await sluice.send(CHAT, { headers: ANN, body: chatBody() })
      return Number(answer.headers['x-ratelimit-remaining-tokens'])
    }
    upstream.next({ parts: [{ text: 'one' }], usage: { input: 3000, output: 1000 } }, {})
    const first = await sluice.send(CHAT, { headers: ANN, body })
    const estimated = 10_000 - Number(first.headers['x-ratelimit-remaining-tokens'])
    expect(estimated).toBeGreaterThan(900)
    expect(estimated).toBeLessThan(1200)
    await sluice.logged(isCall)
    const left = await remaining()
    expect(left).toBeGreaterThan(5_000)
    expect(left).toBeLessThan(6_200)
  })

  it('of a call that failed are given back', async () => {
    const { sluice, upstream } = await startHouse({
      ...limited({ tokensPerMinute: 10_000 }),
      retry: { retries: 0, baseMs: 1 },
    })
    upstream.next({ fault: { status: 400, body: { error: { message: 'no' } } } }, {})
    const large = await sluice.send(CHAT, { headers: ANN, body: chatBody('word '.repeat(4000)) })
    expect(large.status).toBe(400)
    await sluice.logged(isCall)
    const next = await sluice.send(CHAT, { headers: ANN, body: chatBody() })
    expect(Number(next.headers['x-ratelimit-remaining-tokens'])).toBeGreaterThan(9_800)
  })

  it('admit a call that is larger than all of them, when none is used', async () => {
    const { sluice, upstream } = await startHouse(limited({ tokensPerMinute: 1000 }))
    upstream.next({ parts: [{ text: 'one' }], usage: { input: 900, output: 90 } })
    const ask = () => sluice.send(CHAT, { headers: ANN, body: chatBody('word '.repeat(4000)) })
    expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(429)
  })
})

describe('limits of models', () => {
  it('hold under every name of the model, and for no other model', async () => {
    const { sluice } = await startHouse({
      ...limited({ models: { [GPT]: { windowRequests: 2 } } }),
      aliases: [{ name: 'mine', targets: [`openai/${GPT}`] }],
    })
    const ask = async (model: string) =>
      (await sluice.send(CHAT, { headers: ANN, body: chatBody('x', { model }) })).status
    expect([await ask('mine'), await ask(`openai/${GPT}`), await ask(GPT)]).toEqual([200, 200, 429])
    expect([await ask(CLAUDE), await ask(CLAUDE)]).toEqual([200, 200])
  })

  it('hold beside those of the caller', async () => {
    const { sluice } = await startHouse(
      limited({ windowRequests: 3, models: { 'gpt*': { windowRequests: 1 } } }),
    )
    const ask = async (model: string) =>
      (await sluice.send(CHAT, { headers: ANN, body: chatBody('x', { model }) })).status
    // What one limit refuses is taken from no other.
    expect([await ask(GPT), await ask(GPT), await ask(GPT)]).toEqual([200, 429, 429])
    expect([await ask(CLAUDE), await ask(CLAUDE), await ask(CLAUDE)]).toEqual([200, 200, 429])
  })
})

interface Asking {
  readonly caller: Caller
  readonly network?: string
  readonly requestId?: string
  readonly stream?: boolean
}

/** As the contract has it: part of what a caller is comes from its key. */
type KeyedCaller = Caller & { readonly owner?: string; readonly limits?: CallerLimits }

const call = (caller: KeyedCaller, more: Omit<Asking, 'caller'> = {}): Asking => ({
  caller,
  ...more,
})

const ask = (admission: Admission, { stream = false, requestId = 'req_1', ...rest }: Asking) =>
  admission.admit(
    { requestId, body: Buffer.alloc(100), ...rest },
    { model: GPT, stream },
    { provider: { name: 'openai' }, model: GPT },
  )

describe('the limits of a caller', () => {
  const admitted = (limits: Parameters<typeof createLimits>[0], calls: readonly Asking[]) => {
    const admission = createLimits(limits, createLiveStore())
    return calls.map((each) => (ask(admission, each) as Pass | undefined)?.refusal === undefined)
  }

  it('replace the fields that they set, and leave the others', () => {
    const caller = { id: 'a', limits: { windowRequests: 3 } }
    const calls = repeat(4, () => call(caller))
    expect(admitted({ everyCaller: { windowRequests: 1 } }, calls)).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(admitted({ everyCaller: { requestsPerMinute: 1 } }, calls)).toEqual([
      true,
      false,
      false,
      false,
    ])
  })

  it('replace the default windows, unless they are for some models only', () => {
    const options = { everyCaller: {}, unlessOwn: { windowRequests: 1 } }
    const other = { id: 'b', limits: { models: { 'x-*': { windowRequests: 1 } } } }
    const own = { id: 'c', limits: { requestsPerMinute: 5 } }
    for (const [caller, expected] of [
      [{ id: 'a' }, [true, false]],
      [other, [true, false]],
      [own, [true, true]],
    ] as const)
      expect(admitted(options, [call(caller), call(caller)])).toEqual(expected)
  })

  it('are shared by the keys of an owner, where owners are counted', () => {
    const options = { everyCaller: {}, byOwner: { windowRequests: 2 } }
    const [a, b] = [
      { id: 'a', owner: 'ann' },
      { id: 'b', owner: 'ann' },
    ]
    expect(admitted(options, [call(a), call(b), call(a), call({ id: 'c', owner: 'bob' })])).toEqual(
      [true, true, false, true],
    )
  })

  it('are counted by address for all keys', () => {
    const options = { everyCaller: {}, byIp: { windowRequests: 1 } }
    const here = { network: '203.0.113.7' }
    const calls = [
      call({ id: 'a' }, here),
      call({ id: 'b' }, here),
      call({ id: 'b' }, { network: '203.0.113.8' }),
    ]
    expect(admitted(options, calls)).toEqual([true, false, true])
  })

  it('cost nothing where there are none', () => {
    const admission = createLimits({ everyCaller: {} }, createLiveStore())
    expect(ask(admission, call({ id: 'a' }))).toBeUndefined()
    const streams = createLimits({ everyCaller: { concurrentStreams: 1 } }, createLiveStore())
    expect(ask(streams, call({ id: 'a' }))).toBeUndefined()
  })
})

it('a call that waits for its admission is refused and settled like any other', async () => {
  const live = createLiveStore()
  const late = {
    ...live,
    take: (claims: Parameters<typeof live.take>[0]) => Promise.resolve(live.take(claims)),
  }
  const admission = createLimits({ everyCaller: { concurrentStreams: 1 } }, late)
  const stream = (requestId: string) =>
    ask(admission, call({ id: 'a' }, { requestId, stream: true })) as Promise<Pass>
  const first = await stream('1')
  expect(first.refusal).toBeUndefined()
  expect((await stream('2')).refusal).toMatchObject({ code: 'rate_limited', status: 429 })
  first.settle({
    usage: {
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    },
  })
  expect((await stream('3')).refusal).toBeUndefined()
})
