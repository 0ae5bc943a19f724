/** Redis at its worst: no call hangs, and Redis is used again when it is back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type Claim,
  createLiveStore,
  type LiveStore,
  type LiveStoreOptions,
  type Verdict,
} from '#stores'
import { freePort } from '../../tools/servers/free-port.ts'
import { leadName } from '../../tools/servers/moving-name.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { startToxicProxy } from '../../tools/servers/toxic-proxy.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { another, bucketOf, slotOf, windowOf } from '../../tools/stores/claims.ts'

const openStore = async (options: LiveStoreOptions): Promise<LiveStore> => {
  const store = createLiveStore(options)
  onTestFinished(() => store.close())
  await store.ready()
  return store
}

const openThroughProxy = async (redis: RedisServer, options: LiveStoreOptions = {}) => {
  const proxy = await startToxicProxy(redis)
  const store = await openStore({ redisUrl: `redis://127.0.0.1:${proxy.port}`, ...options })
  return { proxy, store }
}

const untilHealthy = (store: LiveStore) => expect.poll(() => store.healthy).toBe(true)

const take = async (store: LiveStore, ...claims: readonly Claim[]): Promise<Verdict> =>
  store.take(claims)

/** Calls one after another for this time. @returns what they were told, and how many waited. */
const callFor = async (store: LiveStore, ms: number) => {
  const verdicts: Verdict[] = []
  let waited = 0
  const end = performance.now() + ms
  while (performance.now() < end) {
    const start = performance.now()
    verdicts.push(await take(store, windowOf(10), bucketOf(10), slotOf(10)))
    if (performance.now() - start > 50) waited++
    await sleep(10)
  }
  return { verdicts, waited }
}

describe.runIf(withServers)('a Redis that fails', () => {
  it('when it is frozen, costs at most one call a second its budget, and is used again', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url })
    redis.freeze()
    const { verdicts, waited } = await callFor(store, 4000)
    expect(waited).toBeLessThanOrEqual(5)
    expect(verdicts.length).toBeGreaterThan(50)
    expect(verdicts.every(({ allowed, degraded }) => allowed && degraded)).toBe(true)
    expect(store.healthy).toBe(false)
    redis.thaw()
    await untilHealthy(store)
    expect((await take(store, windowOf(1))).degraded).toBeUndefined()
  })

  it('when it is frozen under a burst, is replaced by limits of the same numbers', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url })
    redis.freeze()
    const claims = [windowOf(75), bucketOf(75), slotOf(75)]
    for (const claim of claims) {
      const asked = Array.from({ length: 200 }, () =>
        take(store, claim.kind === 'slot' ? another(claim) : claim),
      )
      const verdicts = await Promise.all(asked)
      expect(verdicts.filter(({ allowed }) => allowed).length).toBe(75)
    }
    redis.thaw()
  })

  it('is not judged by the lag of this process', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url })
    const claim = windowOf(75)
    for (let round = 0; round < 3; round++) {
      const asked = Array.from({ length: 100 }, () => take(store, claim))
      const end = performance.now() + 300
      while (performance.now() < end) continue
      const verdicts = await Promise.all(asked)
      expect(verdicts.filter(({ degraded }) => degraded)).toEqual([])
      expect(verdicts.filter(({ allowed }) => allowed).length).toBe(round === 0 ? 75 : 0)
    }
  })

  it('is a 503 if calls must not pass without it', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url, onStoreFailure: 'refuse' })
    const refusal = { code: 'store_unavailable', status: 503, retryAfterMs: 1000 }
    redis.freeze()
    await expect(take(store, windowOf(9))).rejects.toMatchObject(refusal)
    await expect(take(store, windowOf(9))).rejects.toMatchObject(refusal)
    redis.thaw()
    await untilHealthy(store)
    await redis.stop()
    await expect.poll(() => store.healthy).toBe(false)
    await expect(take(store, windowOf(9))).rejects.toMatchObject(refusal)
    expect(() => {
      store.correct(bucketOf(1), 1)
      store.release([slotOf(1)])
      store.publish('channel', 'message')
    }).not.toThrow()
  })

  it('counts nothing for a call that was refused while it was frozen', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url, onStoreFailure: 'refuse' })
    const [window, bucket, slot] = [windowOf(1), bucketOf(1), slotOf(1)]
    redis.freeze()
    await expect(take(store, window, bucket, slot)).rejects.toThrow()
    redis.thaw()
    await untilHealthy(store)
    await expect
      .poll(async () => (await take(store, window, bucket, another(slot))).allowed)
      .toBe(true)
  })

  it('when it is slow, is not waited for', async () => {
    const { proxy, store } = await openThroughProxy(await startRedis())
    proxy.delayMs = 400
    const { verdicts, waited } = await callFor(store, 3000)
    expect(waited).toBeLessThanOrEqual(4)
    expect(verdicts.every(({ allowed, degraded }) => allowed && degraded)).toBe(true)
    proxy.delayMs = 0
    await untilHealthy(store)
    expect((await take(store, windowOf(1))).degraded).toBeUndefined()
  })

  it('when it is absent at the start, is used as soon as it is there', async () => {
    const port = await freePort()
    const lines: string[] = []
    const log = {
      warn: (fields: object, message: string) => lines.push(JSON.stringify(fields) + message),
      info: (_: object, message: string) => lines.push(message),
    }
    const store = await openStore({ redisUrl: `redis://127.0.0.1:${port}`, log })
    expect(store.healthy).toBe(false)
    expect(await take(store, windowOf(1))).toMatchObject({ allowed: true, degraded: true })
    await startRedis({ port })
    await untilHealthy(store)
    expect((await take(store, windowOf(1))).degraded).toBeUndefined()
    expect(lines).toEqual([expect.stringContaining('Redis cannot be used'), 'Redis is used again'])
  })

  it('when it is gone, is replaced at once, and used again after its return', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url })
    const claim = windowOf(1)
    expect((await take(store, claim)).degraded).toBeUndefined()
    await redis.stop()
    expect(await take(store, claim)).toMatchObject({ allowed: true, degraded: true })
    expect(await take(store, claim)).toMatchObject({ allowed: false, degraded: true })
    await redis.start()
    await untilHealthy(store)
    const verdict = await take(store, claim)
    expect(verdict).toMatchObject({ allowed: true })
    expect(verdict.degraded).toBeUndefined()
  })

  it('when it is flushed, counts from zero, but keeps the slots that are held', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url })
    const [window, slot] = [windowOf(1), slotOf(1, { ttlMs: 900 })]
    await take(store, window, slot)
    await redis.command('FLUSHALL')
    await redis.command('SCRIPT', 'FLUSH')
    const verdict = await take(store, window)
    expect(verdict).toMatchObject({ allowed: true })
    expect(verdict.degraded).toBeUndefined()
    await sleep(900)
    expect((await take(store, another(slot))).allowed).toBe(false)
  })

  it('learns after its return which slots are held, those of its absence included', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url })
    const first = slotOf(2)
    await take(store, first)
    await redis.stop()
    await expect.poll(() => store.healthy).toBe(false)
    expect((await take(store, another(first))).allowed).toBe(true)
    expect((await take(store, another(first))).allowed).toBe(false)
    await redis.start()
    await untilHealthy(store)
    await expect.poll(async () => (await take(store, another(first))).allowed).toBe(false)
  })

  it('that moved to another address is found by its name', async () => {
    const port = await freePort('127.0.0.2')
    const before = await startRedis({ port, host: '127.0.0.2' })
    const name = leadName('redis.test', before.host)
    const store = await openStore({ redisUrl: `redis://redis.test:${port}` })
    expect(store.healthy).toBe(true)
    const after = await startRedis({ port, host: '127.0.0.3' })
    name.address = after.host
    await before.stop()
    await expect.poll(() => store.healthy).toBe(false)
    await untilHealthy(store)
    await take(store, windowOf(1))
    expect(await after.command('DBSIZE')).toBe('1')
  })

  it('that vanished without a word is looked up anew', async () => {
    const [before, after] = [await startRedis(), await startRedis()]
    const { proxy, store } = await openThroughProxy(before)
    proxy.target = after
    proxy.abandon()
    await expect.poll(async () => (await take(store, windowOf(1))).degraded).toBe(true)
    await untilHealthy(store)
    await take(store, windowOf(1))
    expect(Number(await after.command('DBSIZE'))).toBeGreaterThan(0)
  })

  it('that failed over is followed to the server that accepts writes', async () => {
    const [first, second] = [await startRedis(), await startRedis()]
    await second.command('REPLICAOF', first.host, first.port)
    await expect
      .poll(async () => second.command('INFO', 'replication'))
      .toContain('master_link_status:up')
    const { proxy, store } = await openThroughProxy(first)
    const claim = windowOf(2)
    await take(store, claim)
    await expect.poll(async () => second.command('DBSIZE')).toBe('1')
    await second.command('REPLICAOF', 'NO', 'ONE')
    await first.command('REPLICAOF', second.host, second.port)
    proxy.target = second
    expect(await take(store, windowOf(1))).toMatchObject({ allowed: true, degraded: true })
    await expect.poll(async () => (await take(store, windowOf(1))).degraded).toBeUndefined()
    expect((await take(store, claim)).states).toMatchObject([{ remaining: 0 }])
  })

  it.each([
    ['can only be read', ['REPLICAOF', '127.0.0.1', 1], ['REPLICAOF', 'NO', 'ONE']],
    ['has no memory left', ['CONFIG', 'SET', 'maxmemory', 1], ['CONFIG', 'SET', 'maxmemory', 0]],
  ])('that %s is not used meanwhile, and the log says so once', async (_, worse, better) => {
    const redis = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] })
    const lines: string[] = []
    const log = {
      warn: (__: object, message: string) => lines.push(message),
      info: (__: object, message: string) => lines.push(message),
    }
    const store = await openStore({ redisUrl: redis.url, log })
    await redis.command(...worse)
    await expect.poll(async () => (await take(store, windowOf(1))).degraded).toBe(true)
    const { verdicts } = await callFor(store, 3500)
    expect(verdicts.every(({ allowed, degraded }) => allowed && degraded)).toBe(true)
    expect(lines).toEqual(['Redis cannot be used'])
    await redis.command(...better)
    await untilHealthy(store)
    expect((await take(store, windowOf(1))).degraded).toBeUndefined()
    expect(lines).toEqual(['Redis cannot be used', 'Redis is used again'])
  })

  it('is given back no tokens that it did not give', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url })
    const bucket = bucketOf(100)
    await take(store, { ...bucket, amount: 60 })
    redis.freeze()
    await take(store, windowOf(1))
    const here = await take(store, { ...bucket, amount: 50 })
    expect(here).toMatchObject({ allowed: true, degraded: true })
    redis.thaw()
    await untilHealthy(store)
    store.correct(bucket, -50, here)
    const left = async () => (await take(store, { ...bucket, amount: 0 })).states[0]?.remaining
    expect(await left()).toBe(40)
    redis.freeze()
    await expect.poll(async () => (await take(store, windowOf(1))).degraded).toBe(true)
    expect(await left()).toBe(100)
    redis.thaw()
  })

  it('that refuses a connection which it accepted does not stop the attempts', async () => {
    const redis = await startRedis()
    const { proxy, store } = await openThroughProxy(redis)
    await proxy.down()
    await expect.poll(() => store.healthy).toBe(false)
    expect((await take(store, windowOf(1))).degraded).toBe(true)
    redis.freeze()
    await proxy.up()
    await sleep(3000)
    expect(store.healthy).toBe(false)
    redis.thaw()
    await untilHealthy(store)
  })

  it('loses no subscription with its connection', async () => {
    const { proxy, store } = await openThroughProxy(await startRedis())
    const heard = new Set<string>()
    store.subscribe('channel', (message) => heard.add(message))
    const untilHeard = (message: string) =>
      expect
        .poll(() => {
          store.publish('channel', message)
          return heard.has(message)
        })
        .toBe(true)
    await untilHeard('before')
    proxy.cut()
    await expect.poll(() => store.healthy).toBe(false)
    await untilHealthy(store)
    await untilHeard('after')
  })

  it('delivers messages within this process while it is gone', async () => {
    const redis = await startRedis()
    const store = await openStore({ redisUrl: redis.url })
    const heard: string[] = []
    store.subscribe('channel', (message) => heard.push(message))
    await redis.stop()
    await expect.poll(() => store.healthy).toBe(false)
    store.publish('channel', 'here')
    await expect.poll(() => heard).toEqual(['here'])
  })

  it('has a password that is in no line of the log', async () => {
    const redis = await startRedis({ args: ['--requirepass', 'the-right-word'] })
    const lines: string[] = []
    const keep = (...parts: readonly unknown[]): void => void lines.push(JSON.stringify(parts))
    const log = { warn: keep, info: keep }
    const toUrl = (word: string) => `redis://:${word}@${redis.host}:${redis.port}`
    const right = await openStore({ redisUrl: toUrl('the-right-word'), log })
    expect(right.healthy).toBe(true)
    const wrong = await openStore({ redisUrl: toUrl('the-wrong-word'), log })
    expect(wrong.healthy).toBe(false)
    await expect.poll(() => lines.length).toBeGreaterThan(0)
    expect(lines.join('\n')).not.toMatch(/the-\w+-word/)
  })
})
