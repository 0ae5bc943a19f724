/** Several processes, one Redis: exact whatever happens at the same time, and nothing is left behind. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Claim, createLiveStore } from '#stores'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { another, bucketOf, newTag, slotOf, windowOf } from '../../tools/stores/claims.ts'
import { startTaking } from '../../tools/stores/start-taking.ts'

const OPERATIONS = 50_000
const MAX = 7_531

const tag = newTag()

const KINDS: readonly (readonly [string, readonly Claim[]])[] = [
  ['a window', [windowOf(MAX)]],
  ['a bucket', [bucketOf(MAX)]],
  ['slots', [slotOf(MAX, { ttlMs: 60_000 })]],
  [
    'all of them together',
    [
      windowOf(MAX + 10, { key: `${tag}window` }),
      bucketOf(MAX, { key: `${tag}bucket` }),
      slotOf(MAX + 20, { key: `${tag}slots`, ttlMs: 60_000 }),
    ],
  ],
]

const openStore = async (redis: RedisServer) => {
  const store = createLiveStore({ redisUrl: redis.url })
  onTestFinished(() => store.close())
  await store.ready()
  return store
}

describe.runIf(withServers)('processes that share one Redis', () => {
  it.each(KINDS)('are allowed exactly the maximum of %s', async (_, claims) => {
    const { url } = await startRedis()
    const processes = await Promise.all([startTaking(url), startTaking(url)])
    const work = { claims, operations: OPERATIONS / processes.length }
    const passed = await Promise.all(processes.map((each) => each.take(work)))
    expect(passed.reduce((sum, each) => sum + each, 0)).toBe(MAX)
  })

  it('release their slots within the time of a lease when they are killed', async () => {
    const redis = await startRedis()
    const claim = slotOf(20, { ttlMs: 1500 })
    const holder = await startTaking(redis.url)
    expect(await holder.take({ claims: [claim], operations: 50 })).toBe(20)
    const store = await openStore(redis)
    await new Promise((resolve) => void setTimeout(resolve, 3000))
    expect((await store.take([another(claim)])).allowed).toBe(false)
    holder.kill()
    for (let at = 0; at < 20; at++)
      await expect.poll(async () => (await store.take([another(claim)])).allowed).toBe(true)
    expect((await store.take([another(claim)])).allowed).toBe(false)
  })

  it('have two connections each, however much they do', async () => {
    const redis = await startRedis()
    const store = await openStore(redis)
    const count = async () => (await redis.command('CLIENT', 'LIST')).split('\n').length
    store.subscribe('first', () => undefined)
    await expect.poll(async () => redis.command('PUBSUB', 'CHANNELS')).toBe('sluice:first')
    const before = await count()
    for (let run = 0; run < 1000; run++) {
      const claims = [windowOf(9), bucketOf(9), slotOf(9)]
      const end = store.subscribe(`run-${run}`, () => undefined)
      await store.take(claims)
      store.publish(`run-${run}`, 'done')
      for (const claim of claims) store.correct(claim, 1)
      store.release(claims)
      end()
    }
    expect(await count()).toBe(before)
    // The third is redis-cli.
    expect(before).toBe(3)
    await expect.poll(async () => redis.command('PUBSUB', 'CHANNELS')).toBe('sluice:first')
  })

  it('load their scripts before the first call', async () => {
    const redis = await startRedis()
    await openStore(redis)
    expect(await redis.command('INFO', 'memory')).toContain('number_of_cached_scripts:3')
  })

  it('leave no key without an end in Redis', async () => {
    const redis = await startRedis()
    const store = await openStore(redis)
    const window = windowOf(1, { windowMs: 500 })
    const bucket = bucketOf(1, { perMinute: 120 })
    const slot = slotOf(1, { ttlMs: 500 })
    await store.take([window, bucket, slot])
    store.release([slot])
    await expect.poll(async () => redis.command('DBSIZE')).toBe('0')
  })

  it('release their slots at once when they are closed', async () => {
    const redis = await startRedis()
    const claim = slotOf(1, { ttlMs: 60_000 })
    const store = createLiveStore({ redisUrl: redis.url })
    await store.ready()
    await store.take([claim])
    await store.close()
    expect((await (await openStore(redis)).take([another(claim)])).allowed).toBe(true)
  })
})
