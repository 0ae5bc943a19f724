/** Values that processes share in a real Redis, and what a call waits for them at most. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLiveStore, type LiveStoreOptions, type SharedValues } from '#stores'
import { freePort } from '../../tools/servers/free-port.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { startToxicProxy } from '../../tools/servers/toxic-proxy.ts'
import { withServers } from '../../tools/servers/with-servers.ts'

const open = async (options: LiveStoreOptions) => {
  const store = createLiveStore(options)
  onTestFinished(() => store.close())
  await store.ready()
  return store
}

const valuesAt = async ({ url: redisUrl }: Pick<RedisServer, 'url'>): Promise<SharedValues> => {
  const { values } = await open({ redisUrl })
  if (!values) throw new Error('There are none.')
  return values
}

const BYTES = String.fromCharCode(...Array.from({ length: 256 }, (_, at) => at))

it('a store in memory has none', async () => expect((await open({})).values).toBeUndefined())

describe.runIf(withServers)('a value', () => {
  it('is recalled in every process, byte by byte, until it is replaced', async () => {
    const redis = await startRedis()
    const [here, there] = [await valuesAt(redis), await valuesAt(redis)]
    expect(await here.recall('a')).toBeUndefined()
    await here.keep('a', BYTES, 60_000)
    expect(await there.recall('a')).toBe(BYTES)
    await there.keep('a', '', 60_000)
    expect(await here.recall('a')).toBe('')
  })

  it('ends when its time has passed', async () => {
    const values = await valuesAt(await startRedis())
    await values.keep('a', 'for a moment', 300)
    await expect.poll(() => values.recall('a')).toBeUndefined()
  })

  it('may be a megabyte', async () => {
    const values = await valuesAt(await startRedis())
    const value = BYTES.repeat(4096)
    await values.keep('a', value, 60_000)
    expect((await values.recall('a')) === value).toBe(true)
  })

  it('is not waited for when Redis is frozen, neither to keep nor to recall it', async () => {
    const redis = await startRedis()
    const waits: number[] = []
    const store = await open({ redisUrl: redis.url, onWaited: (ms) => void waits.push(ms) })
    redis.freeze()
    await store.values?.keep('a', 'x', 60_000)
    // A slow write alone says nothing about limits.
    expect(store.healthy).toBe(true)
    expect(await store.values?.recall('a')).toBeUndefined()
    await expect.poll(() => store.healthy).toBe(false)
    await store.values?.keep('b', 'x', 60_000)
    expect(await store.values?.recall('b')).toBeUndefined()
    expect(waits).toHaveLength(1)
    redis.thaw()
    await expect.poll(() => store.healthy).toBe(true)
    await store.values?.keep('b', 'y', 60_000)
    expect(await store.values?.recall('b')).toBe('y')
  })

  it('that is late does not mean that Redis is ill', async () => {
    const redis = await startRedis()
    const proxy = await startToxicProxy(redis)
    const store = await open({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
    await store.values?.keep('a', 'x', 60_000)
    proxy.hang()
    expect(await store.values?.recall('a')).toBeUndefined()
    expect(store.healthy).toBe(true)
    proxy.pass()
    await expect.poll(() => store.values?.recall('a')).toBe('x')
  })

  it('is not kept by a Redis that is full, absent or another kind of key', async () => {
    const redis = await startRedis({ args: ['--maxmemory', '3mb'] })
    const store = await open({ redisUrl: redis.url })
    for (let at = 0; at < 5; at++) await store.values?.keep(`${at}`, BYTES.repeat(4096), 60_000)
    expect(await store.values?.recall('4')).toBeUndefined()
    await redis.command('CONFIG', 'SET', 'maxmemory', 0)
    await redis.command('RPUSH', 'sluice:value:list', 'x')
    expect(await store.values?.recall('list')).toBeUndefined()
    const absent = await open({ redisUrl: `redis://127.0.0.1:${await freePort()}` })
    await absent.values?.keep('a', 'x', 60_000)
    expect(await absent.values?.recall('a')).toBeUndefined()
  })
})
