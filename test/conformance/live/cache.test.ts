/** Answers that several processes keep in one Redis. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import { CACHE, startCached } from '../../tools/gateway/cached-house.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'

const IN_REDIS = { ...CACHE, store: 'redis' } as const

describe.runIf(withServers)('a cache in Redis', () => {
  it.each([false, true])('answers calls of every process (stream: %s)', async (stream) => {
    const { url: redisUrl, command } = await startRedis()
    const options = { cache: { ...IN_REDIS, ttlMs: 60_000 }, redisUrl }
    const here = await startCached(options)
    const providers = [openaiAt(here.upstream.url)]
    const there = await startCached({ ...options, providers })
    const body = chatBody('caf\u00e9 \u{1f600}', { stream })
    const first = await here.sluice.send(CHAT, { body })
    const second = await there.sluice.send(CHAT, { body })
    expect(first.headers['x-sluice-cache']).toBe('miss')
    expect(second.headers['x-sluice-cache']).toBe('hit')
    expect(second.bytes.equals(first.bytes)).toBe(true)
    expect(callsOf(here.upstream)).toHaveLength(1)
    const [key = ''] = (await command('KEYS', 'sluice:value:*')).trim().split('\n')
    expect(key).toMatch(/^sluice:value:[0-9a-f]{64}$/)
    expect(Number(await command('PTTL', key))).toBeLessThanOrEqual(60_000)
    expect(Number(await command('PTTL', key))).toBeGreaterThan(0)
  })

  it('asks the upstream once for 200 calls at a time', async () => {
    const redis = await startRedis()
    const { upstream, sluice } = await startCached({ cache: IN_REDIS, redisUrl: redis.url })
    upstream.next({ parts: [{ text: 'hello' }], delayMs: 300 })
    const sending = { body: chatBody('hello', { stream: true }) }
    const all = await Promise.all(Array.from({ length: 200 }, () => sluice.send(CHAT, sending)))
    expect(new Set(all.map(({ text }) => text)).size).toBe(1)
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('does not read what it did not write', async () => {
    const redis = await startRedis()
    const { upstream, sluice } = await startCached({ cache: IN_REDIS, redisUrl: redis.url })
    const sending = { body: chatBody() }
    await sluice.send(CHAT, sending)
    const [key = ''] = (await redis.command('KEYS', 'sluice:value:*')).trim().split('\n')
    await redis.command('SET', key, 'something else')
    const { status, headers } = await sluice.send(CHAT, sending)
    expect({ status, use: headers['x-sluice-cache'] }).toEqual({ status: 200, use: 'miss' })
    await redis.command('DEL', key)
    await redis.command('LPUSH', key, 'a list')
    expect((await sluice.send(CHAT, sending)).headers['x-sluice-cache']).toBe('miss')
    expect(callsOf(upstream)).toHaveLength(3)
  })

  it('that answers nothing holds up no call for long', async () => {
    const redis = await startRedis()
    const { upstream, sluice } = await startCached({ cache: IN_REDIS, redisUrl: redis.url })
    await sluice.send(CHAT, { body: chatBody() })
    redis.freeze()
    for (const text of ['one', 'two']) {
      const { status, headers } = await within(
        PATIENCE_MS,
        'the upstream answers',
        sluice.send(CHAT, { body: chatBody(text) }),
      )
      expect({ status, use: headers['x-sluice-cache'] }).toEqual({ status: 200, use: 'miss' })
    }
    redis.thaw()
    expect(callsOf(upstream)).toHaveLength(3)
  })

  it('that is gone costs no call', async () => {
    const redisUrl = `redis://127.0.0.1:${await freePort()}`
    const { upstream, sluice } = await startCached({ cache: IN_REDIS, redisUrl })
    for (let time = 0; time < 2; time++) {
      const { status, headers } = await sluice.send(CHAT, { body: chatBody() })
      expect({ status, use: headers['x-sluice-cache'] }).toEqual({ status: 200, use: 'miss' })
    }
    expect(callsOf(upstream)).toHaveLength(2)
  })
})
