/** The limits of callers over two running Sluices that share one Redis. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, type House, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import type { Upstream } from '../../tools/upstream/start.ts'

const KEYS = ['key-of-ann', 'key-of-bob']
const headers = { authorization: 'Bearer key-of-ann' }

type Limits = NonNullable<AppOptions['callerLimits']>

const startTwo = async (
  callerLimits: Limits,
  redisUrl: string,
  more: Partial<AppOptions> = {},
): Promise<{ sluices: readonly [House, House]; upstream: Upstream }> => {
  const upstream = await upstreamForTest({
    reply: ({ body }) => ({
      parts: [{ text: 'one' }],
      delayMs: JSON.stringify(body).includes('wait') ? 60_000 : 0,
    }),
  })
  const options = {
    keys: KEYS,
    callerLimits,
    redisUrl,
    providers: [openaiAt(upstream.url), anthropicAt(upstream.url)],
    ...more,
  }
  return { sluices: [await sluiceForTest(options), await sluiceForTest(options)], upstream }
}

const MANY = 40
const FEW = 13

describe.runIf(withServers)('two Sluices on one Redis', () => {
  it.each<[string, Limits, Record<string, unknown>]>([
    ['calls in a window', { everyCaller: { windowRequests: FEW } }, {}],
    ['calls in a bucket', { everyCaller: { requestsPerMinute: 1, burst: FEW } }, {}],
    ['streams a minute', { everyCaller: { streamingPerMinute: FEW } }, { stream: true }],
    ['streams at a time', { everyCaller: { concurrentStreams: FEW } }, { stream: true }],
    ['calls of an address', { everyCaller: {}, byIp: { windowRequests: FEW } }, {}],
    [
      'the least of several limits',
      {
        everyCaller: { windowRequests: FEW + 5, models: { 'gpt-*': { windowRequests: FEW } } },
        byIp: { windowRequests: FEW + 3 },
      },
      {},
    ],
  ])('let exactly the allowed number pass: %s', async (_, limits, more) => {
    const redis = await startRedis()
    const { sluices, upstream } = await startTwo(limits, redis.url)
    const leave = new AbortController()
    const statuses: number[] = []
    const asked = Array.from({ length: MANY }, async (__, at) => {
      const sending = { headers, body: chatBody('wait', more), signal: leave.signal }
      const answer = await sluices[at % 2]?.send(CHAT, sending).catch(() => undefined)
      if (answer) statuses.push(answer.status)
    })
    await eventually('the others are refused', () => statuses.length >= MANY - FEW)
    await eventually('the first are asked', () => callsOf(upstream).length >= FEW)
    leave.abort()
    await Promise.all(asked)
    expect(callsOf(upstream)).toHaveLength(FEW)
    expect(statuses).toEqual(Array.from({ length: MANY - FEW }, () => 429))
  })

  it('release the slots of streams whose clients left', async () => {
    const redis = await startRedis()
    const { sluices, upstream } = await startTwo(
      { everyCaller: { concurrentStreams: 1 } },
      redis.url,
    )
    const [one, other] = sluices
    const leave = new AbortController()
    const body = chatBody('wait', { stream: true })
    const left = one.send(CHAT, { headers, body, signal: leave.signal }).catch(() => undefined)
    await eventually('the upstream is asked', () => callsOf(upstream).length === 1)
    const ask = async () =>
      (await other.send(CHAT, { headers, body: chatBody('x', { stream: true }) })).status
    expect(await ask()).toBe(429)
    leave.abort()
    await left
    await one.logged(isCall)
    await expect.poll(ask).toBe(200)
  })

  it('leave no slot behind, however many clients leave at any moment', async () => {
    const redis = await startRedis()
    const { sluices } = await startTwo({ everyCaller: { concurrentStreams: 3 } }, redis.url)
    const ask = (at: number, signal?: AbortSignal) => {
      const sending = { headers, body: chatBody('x', { stream: true }) }
      return sluices[at % 2]?.send(CHAT, { ...sending, ...(signal && { signal }) })
    }
    for (let round = 0; round < 12; round++)
      await Promise.all(
        Array.from({ length: 12 }, (_, at) =>
          ask(at, AbortSignal.timeout((at % 6) * 2 + 1))?.catch(() => undefined),
        ),
      )
    await expect
      .poll(async () => (await Promise.all([ask(0), ask(1), ask(2)])).map((each) => each?.status))
      .toEqual([200, 200, 200])
  })

  it('count the tokens that the other one used', async () => {
    const redis = await startRedis()
    const { sluices, upstream } = await startTwo(
      { everyCaller: { tokensPerMinute: 1000 } },
      redis.url,
    )
    upstream.next({ parts: [{ text: 'one' }], usage: { input: 4000, output: 1000 } })
    const [one, other] = sluices
    expect((await one.send(CHAT, { headers, body: chatBody() })).status).toBe(200)
    const ask = async () => (await other.send(CHAT, { headers, body: chatBody() })).status
    await expect.poll(ask).toBe(429)
  })
})

describe.runIf(withServers)('two Sluices without their Redis', () => {
  it('limit by themselves', async () => {
    const redisUrl = `redis://127.0.0.1:${await freePort()}`
    const { sluices } = await startTwo({ everyCaller: { windowRequests: 1 } }, redisUrl)
    for (const sluice of sluices) {
      expect((await sluice.send(CHAT, { headers, body: chatBody() })).status).toBe(200)
      expect((await sluice.send(CHAT, { headers, body: chatBody() })).status).toBe(429)
    }
  })

  it('refuse calls with limits in their dialect, if the operator wants that', async () => {
    const redisUrl = `redis://127.0.0.1:${await freePort()}`
    const { sluices, upstream } = await startTwo({ everyCaller: { windowRequests: 9 } }, redisUrl, {
      onStoreFailure: 'refuse',
    })
    const [sluice] = sluices
    const chat = await sluice.send(CHAT, { headers, body: chatBody('x', { stream: true }) })
    expect(chat.status).toBe(503)
    expect(chat.json).toMatchObject({ error: { type: 'api_error' } })
    const messages = await sluice.send(MESSAGES, { headers, body: messagesBody() })
    expect(messages.status).toBe(503)
    expect(messages.json).toMatchObject({ type: 'error', error: { type: 'api_error' } })
    expect(callsOf(upstream)).toEqual([])
    await sluice.logged(({ outcome }) => outcome === 'store_unavailable')
  })
})
