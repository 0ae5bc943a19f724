/** Streams in a Redis that fails: every call says so within a second, and the next ones do not wait. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { LogStreams } from '#stores'
import { freePort } from '../../tools/servers/free-port.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { startToxicProxy } from '../../tools/servers/toxic-proxy.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { batchOf, openStreams } from '../../tools/stores/streams-under-test.ts'

const GONE = { code: 'store_unavailable', status: 503, retryAfterMs: 1_000 }
/** Far above the second that is promised, since the machine may be busy. */
const SOON_MS = 5_000

const expectGone = async (work: () => Promise<unknown>): Promise<void> => {
  const startedAt = performance.now()
  await expect(work()).rejects.toMatchObject(GONE)
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
}

/** Asked again and again, as an owner does. */
const untilWell = (streams: LogStreams, name: string) =>
  expect
    .poll(() =>
      streams
        .open(name, 1)
        .then(() => 'well')
        .catch(({ code }) => code as unknown),
    )
    .toBe('well')

describe.runIf(withServers)('streams in a Redis that is', () => {
  it('frozen cost their second once in a while, and are used again', async () => {
    const redis = await startRedis()
    const streams = openStreams({ redisUrl: redis.url })
    await streams.open('a', 1)
    redis.freeze()
    await expectGone(() => streams.append('a', 1, batchOf(1, 1)))
    let slow = 0
    const end = performance.now() + 3_000
    while (performance.now() < end) {
      const startedAt = performance.now()
      await expectGone(() => streams.append('a', 1, batchOf(1, 1)))
      if (performance.now() - startedAt > 200) slow++
      await sleep(10)
    }
    expect(slow).toBeLessThanOrEqual(3)
    redis.thaw()
    await untilWell(streams, 'b')
    // The batch of which nobody knew was written.
    expect(await streams.open('a', 2)).toMatchObject({ lastSeq: 1 })
  })

  it('slow are waited for', async () => {
    const redis = await startRedis()
    const proxy = await startToxicProxy(redis)
    const streams = openStreams({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
    await streams.open('a', 1)
    proxy.delayMs = 400
    expect(await streams.append('a', 1, batchOf(1, 1))).toBe('kept')
    expect(await streams.open('a', 2)).toMatchObject({ lastSeq: 1 })
  })

  it('gone are told as such, and are empty when it is back', async () => {
    const redis = await startRedis()
    const streams = openStreams({ redisUrl: redis.url })
    await streams.open('a', 1)
    await streams.append('a', 1, batchOf(1, 1))
    await redis.stop()
    for (const work of [
      () => streams.open('a', 2),
      () => streams.append('a', 1, batchOf(2, 2)),
      () => streams.forget('a', 1),
    ])
      await expectGone(work)
    await redis.start()
    await untilWell(streams, 'b')
    expect(await streams.append('a', 1, batchOf(2, 2))).toBe('lost')
  })

  it('absent at the start are told as such, and are used when it comes', async () => {
    const port = await freePort()
    const streams = openStreams({ redisUrl: `redis://127.0.0.1:${port}` })
    await expectGone(() => streams.open('a', 1))
    await startRedis({ port })
    await untilWell(streams, 'a')
  })

  it('there a moment after the start are waited for', async () => {
    const redis = await startRedis()
    const proxy = await startToxicProxy(redis)
    proxy.delayMs = 50
    const streams = openStreams({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
    expect(await streams.open('a', 1)).toMatchObject({ lastSeq: 0 })
  })

  it('out of memory or read-only are told as such', async () => {
    const redis = await startRedis()
    const streams = openStreams({ redisUrl: redis.url })
    await streams.open('a', 1)
    await redis.command('CONFIG', 'SET', 'maxmemory', '1')
    await expectGone(() => streams.append('a', 1, batchOf(1, 1)))
    await sleep(1_500)
    await expectGone(() => streams.append('a', 1, batchOf(1, 1)))
    await redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await untilWell(streams, 'b')
    await redis.command('REPLICAOF', '127.0.0.1', 1)
    await expectGone(() => streams.append('a', 1, batchOf(1, 1)))
    await redis.command('REPLICAOF', 'NO', 'ONE')
    await untilWell(streams, 'c')
    expect(await streams.append('a', 1, batchOf(1, 1))).toBe('kept')
  })

  it('wrong about one stream are used for the others', async () => {
    const redis = await startRedis()
    const streams = openStreams({ redisUrl: redis.url })
    await redis.command('LPUSH', 'sluice:{log:a}:entries', 'x')
    await streams.open('b', 1)
    for (let at = 1; at < 5; at++) {
      await redis.command('SET', 'sluice:{log:a}:head', '1 1 0 0')
      await expectGone(() => streams.append('a', 1, batchOf(2, 2)))
      expect(await streams.append('b', 1, batchOf(at, at))).toBe('kept')
    }
  })

  it('gone when a stream is deleted have nothing of it later', async () => {
    const redis = await startRedis()
    const proxy = await startToxicProxy(redis)
    const streams = openStreams({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
    await streams.open('a', 1)
    await streams.append('a', 1, batchOf(1, 1))
    await proxy.down()
    await streams.delete('a')
    expect(await redis.command('KEYS', '*log:a*')).not.toBe('')
    await proxy.up()
    await expect.poll(() => redis.command('KEYS', '*log:a*')).toBe('')
  })

  it('cut off in the middle of a batch are told as such, and all others after it work', async () => {
    const redis = await startRedis()
    const proxy = await startToxicProxy(redis)
    const streams = openStreams({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
    await streams.open('a', 1)
    proxy.delayMs = 300
    const appended = streams.append('a', 1, batchOf(1, 1))
    await sleep(100)
    proxy.cut()
    await expect(appended).rejects.toMatchObject(GONE)
    proxy.delayMs = 0
    await untilWell(streams, 'b')
    expect(await streams.open('a', 2)).toMatchObject({ lastSeq: 1 })
  })
})
