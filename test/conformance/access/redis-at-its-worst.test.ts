/** A running Sluice whose Redis fails: no call hangs, few wait, and Redis is used again when it is back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AppOptions } from '#app'
import type { OnStoreFailure } from '#stores'
import { headers, HOLDING, startLimited } from '../../tools/access/limited.ts'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { callsOf, type House } from '../../tools/app/house.ts'
import { openManyCalls, runMany } from '../../tools/app/many-calls.ts'
import { eventually } from '../../tools/app/within.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { leadName } from '../../tools/servers/moving-name.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { startToxicProxy, type ToxicProxy } from '../../tools/servers/toxic-proxy.ts'
import { withServers } from '../../tools/servers/with-servers.ts'

const startAt = (redisUrl: string, options: Partial<AppOptions> = {}) =>
  startLimited({ windowRequests: 100_000, concurrentStreams: 1000 }, { redisUrl, ...options })

const ask = (sluice: House, more: Record<string, unknown> = {}, text = 'x') =>
  sluice.send(CHAT, { headers, body: chatBody(text, more) })

const linesOf = (sluice: House): unknown[] =>
  sluice.log.map(({ msg }) => msg).filter((msg) => String(msg).startsWith('Redis'))

interface Stage {
  readonly redis: RedisServer
  readonly proxy: ToxicProxy
  readonly second: RedisServer
}

interface Illness {
  fall(stage: Stage): void | Promise<unknown>
  recover(stage: Stage): void | Promise<unknown>
}

const failOver = async ({ redis, second }: Stage): Promise<void> => {
  await second.command('REPLICAOF', redis.host, redis.port)
  await expect.poll(() => second.command('INFO', 'replication')).toContain('master_link_status:up')
  await second.command('REPLICAOF', 'NO', 'ONE')
  await redis.command('REPLICAOF', second.host, second.port)
}

const ILLNESSES: readonly (readonly [string, Illness])[] = [
  ['is frozen', { fall: ({ redis }) => redis.freeze(), recover: ({ redis }) => redis.thaw() }],
  [
    'is slow',
    {
      fall: ({ proxy }) => void (proxy.delayMs = 400),
      recover: ({ proxy }) => void (proxy.delayMs = 0),
    },
  ],
  ['is gone', { fall: ({ redis }) => redis.stop(), recover: ({ redis }) => redis.start() }],
  [
    'cannot be reached any more',
    { fall: ({ proxy }) => proxy.hang(), recover: ({ proxy }) => proxy.pass() },
  ],
  [
    'refuses connections',
    { fall: ({ proxy }) => proxy.down(), recover: ({ proxy }) => proxy.up() },
  ],
  [
    'can only be read, until its name leads to its successor',
    { fall: failOver, recover: (stage) => void (stage.proxy.target = stage.second) },
  ],
]

const WAYS: readonly (readonly [OnStoreFailure, number])[] = [
  ['allow', 200],
  ['refuse', 503],
]

describe.runIf(withServers).each(WAYS)('a Redis with on_store_failure: %s', (way, status) => {
  it.each(ILLNESSES)('that %s keeps no call waiting, and is used again', async (_, illness) => {
    const [redis, second] = [await startRedis(), await startRedis()]
    const proxy = await startToxicProxy(redis)
    const stage = { redis, proxy, second }
    const { sluice } = await startAt(`redis://127.0.0.1:${proxy.port}`, {
      onStoreFailure: way,
    })
    expect((await ask(sluice)).status).toBe(200)
    await illness.fall(stage)

    const answers: { status: number; retryAfter: unknown }[] = []
    let waited = 0
    const startedAt = performance.now()
    while (performance.now() < startedAt + 2_500) {
      const askedAt = performance.now()
      const answer = await ask(sluice, { stream: answers.length % 2 === 0 })
      answers.push({ status: answer.status, retryAfter: answer.headers['retry-after'] })
      if (performance.now() - askedAt > 90) waited++
      await sleep(5)
    }
    const expected = { status, retryAfter: status === 503 ? '1' : undefined }
    expect(answers.filter((answer) => answer.status !== status)).toEqual([])
    expect(answers.at(-1)).toEqual(expected)
    expect(answers.length).toBeGreaterThan(30)
    expect(waited).toBeLessThanOrEqual(2 + Math.ceil((performance.now() - startedAt) / 1000))
    expect(linesOf(sluice)).toEqual(['Redis cannot be used'])

    await illness.recover(stage)
    await sluice.logged(({ msg }) => msg === 'Redis is used again')
    expect((await ask(sluice)).status).toBe(200)
    const server = proxy.target === second ? second : redis
    await expect.poll(() => server.command('KEYS', 'sluice:window:*')).not.toBe('')
  })

  it('that is absent when Sluice starts is used as soon as it is there', async () => {
    const port = await freePort()
    const { sluice } = await startAt(`redis://127.0.0.1:${port}`, { onStoreFailure: way })
    expect((await ask(sluice)).status).toBe(status)
    const redis = await startRedis({ port })
    await sluice.logged(({ msg }) => msg === 'Redis is used again')
    expect((await ask(sluice)).status).toBe(200)
    expect(await redis.command('KEYS', 'sluice:window:*')).not.toBe('')
  })

  it('that moved to another address is found by its name', async () => {
    const port = await freePort('127.0.0.2')
    const before = await startRedis({ port, host: '127.0.0.2' })
    const name = leadName('redis.test', before.host)
    const { sluice } = await startAt(`redis://redis.test:${port}`, { onStoreFailure: way })
    expect((await ask(sluice)).status).toBe(200)
    const after = await startRedis({ port, host: '127.0.0.3' })
    name.address = after.host
    await before.stop()
    await sluice.logged(({ msg }) => msg === 'Redis is used again')
    expect((await ask(sluice)).status).toBe(200)
    expect(await after.command('KEYS', 'sluice:window:*')).not.toBe('')
  })

  it('that was flushed counts from zero, except for the streams in progress', async () => {
    const redis = await startRedis()
    const { sluice, upstream } = await startAt(redis.url, {
      onStoreFailure: way,
      callerLimits: { everyCaller: { windowRequests: 3, concurrentStreams: 1 } },
    })
    const leave = new AbortController()
    onTestFinished(() => leave.abort())
    const held = sluice
      .send(CHAT, {
        headers,
        body: chatBody(HOLDING, { stream: true }),
        signal: leave.signal,
      })
      .catch(() => undefined)
    await eventually('the stream is in progress', () => callsOf(upstream).length === 1)
    const statuses = []
    for (const _ of [1, 2, 3]) statuses.push((await ask(sluice)).status)
    expect(statuses).toEqual([200, 200, 429])
    await redis.command('FLUSHALL')
    await redis.command('SCRIPT', 'FLUSH')
    expect((await ask(sluice)).status).toBe(200)
    await expect.poll(() => redis.command('KEYS', 'sluice:slot:*')).not.toBe('')
    expect((await ask(sluice, { stream: true })).status).toBe(429)
    expect(linesOf(sluice)).toEqual([])
    leave.abort()
    await held
  })
})

const MANY = 100
const FEW = 75

const startBurst = async (redis: RedisServer) => {
  const { sluice } = await startAt(redis.url, {
    callerLimits: { everyCaller: { windowRequests: FEW, requestsPerMinute: 1, burst: FEW + 5 } },
  })
  return { sluice, burst: () => Promise.all(Array.from({ length: MANY }, () => ask(sluice))) }
}

const passedOf = (answers: readonly { readonly status: number }[]): number =>
  answers.filter(({ status }) => status === 200).length

describe.runIf(withServers)('a burst', () => {
  it('is limited exactly by this process while Redis is frozen', async () => {
    const redis = await startRedis()
    const { burst } = await startBurst(redis)
    redis.freeze()
    expect(passedOf(await burst())).toBe(FEW)
    redis.thaw()
  })

  it('is limited exactly by Redis, however long this process is busy meanwhile', async () => {
    const redis = await startRedis()
    const { sluice, burst } = await startBurst(redis)
    const asked = burst()
    for (let round = 0; round < 6; round++) {
      await sleep(round)
      const busyUntil = performance.now() + 300
      while (performance.now() < busyUntil) continue
    }
    expect(passedOf(await asked)).toBe(FEW)
    expect(passedOf(await burst())).toBe(0)
    expect(linesOf(sluice)).toEqual([])
  })
})

it.runIf(withServers)('1,000 calls leave the connections to Redis as they were', async () => {
  const redis = await startRedis()
  const { sluice } = await startAt(redis.url)
  const client = openManyCalls(sluice.url)
  onTestFinished(() => client.close())
  const count = async () => (await redis.command('CLIENT', 'LIST')).split('\n').length
  expect((await ask(sluice)).status).toBe(200)
  // One for commands, one for messages, two for what processes know of each other, and redis-cli.
  const before = 5
  await expect.poll(count).toBe(before)
  await runMany(1000, 20, async (at) => {
    const body = JSON.stringify(chatBody('[[pace 1]][[pieces 4]][[say one two]]', { stream: true }))
    const signal = AbortSignal.timeout(at % 3 === 0 ? 1 + (at % 9) : 60_000)
    await client.ask(CHAT, { headers, body, signal }).catch(() => undefined)
  })
  expect(await count()).toBe(before)
  await expect.poll(() => redis.command('KEYS', 'sluice:slot:*')).toBe('')
})
