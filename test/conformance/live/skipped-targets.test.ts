/** Two processes share through Redis which targets are skipped, and are on their own while it cannot be used. */
import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { callsOf, listenForTest, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const start = async ({ user, ...more }: { user?: string } & Partial<AppOptions> = {}) => {
  const redis = await startRedis()
  if (user !== undefined) {
    const rights = ['on', '>a-password', '~*', '+@all', 'resetchannels']
    await redis.command('ACL', 'SETUSER', user, ...rights)
  }
  let answer: Answer = {}
  const first = await upstreamForTest({ reply: () => answer })
  const second = await upstreamForTest()
  const options = {
    redisUrl: user === undefined ? redis.url : redis.url.replace('//', `//${user}:a-password@`),
    providers: [
      { ...openaiAt(first.url), name: 'first' },
      { ...openaiAt(second.url), name: 'second' },
    ],
    aliases: [{ name: 'best', targets: ['first/gpt-4o', 'second/gpt-4o'] }],
    ...more,
  }
  const processes = [await sluiceForTest(options), await sluiceForTest(options)]
  const ask = async (at: number) => {
    const body = chatBody('x', { model: 'best' })
    const { status, headers } = (await processes[at]?.send(CHAT, { body })) ?? {}
    expect(status).toBe(200)
    return headers?.['x-sluice-target']
  }
  if (user === undefined)
    await expect.poll(() => redis.command('PUBSUB', 'NUMSUB', 'sluice:traffic')).toContain('2')
  return { redis, first, second, processes, ask, says: (next: Answer) => void (answer = next) }
}

describe.runIf(withServers)('two processes', () => {
  it('skip a target that failed in one of them', async () => {
    const { first, processes, ask, says } = await start()
    says({ fault: { status: 503 } })
    for (let call = 0; call < 5; call++) await ask(0)
    await processes[1]?.logged(({ msg }) => msg === 'fails, and is skipped where it can be')
    expect(await ask(1)).toBe('second/gpt-4o')
    expect(callsOf(first)).toHaveLength(5)
  })

  it('let a target rest that told one of them so', async () => {
    const { first, ask, says } = await start()
    says({ fault: { status: 429, headers: { 'retry-after': '60' } } })
    expect(await ask(0)).toBe('second/gpt-4o')
    says({})
    await expect.poll(() => ask(1)).toBe('second/gpt-4o')
    expect(callsOf(first).length).toBeLessThan(5)
  })

  it('skip it each for itself while Redis cannot be used', async () => {
    const { redis, first, ask, says } = await start()
    await redis.stop()
    says({ fault: { status: 503 } })
    for (const at of [0, 1]) for (let call = 0; call < 8; call++) await ask(at)
    expect(callsOf(first)).toHaveLength(10)
  })

  it('skip it each for itself with a user of Redis that may use no channel, and keep Redis', async () => {
    const { first, processes, ask, says } = await start({ user: 'quiet' })
    says({ fault: { status: 503 } })
    for (const at of [0, 1]) for (let call = 0; call < 8; call++) await ask(at)
    expect(callsOf(first)).toHaveLength(10)
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (const { log } of processes)
      expect(log.filter(({ msg }) => msg === 'Redis cannot be used')).toEqual([])
  })

  it('let one call each find out whether it works again, and no call fails meanwhile', async () => {
    const breaker = { failures: 5, ratio: 1, windowMs: 60_000, restMs: 2_000 }
    const { first, second, processes, ask, says } = await start({ breaker })
    says({ fault: { status: 503 } })
    for (let call = 0; call < 5; call++) await ask(0)
    await processes[1]?.logged(({ msg }) => msg === 'fails, and is skipped where it can be')
    says({ delayMs: 2_000 })
    await new Promise((resolve) => setTimeout(resolve, 2_100))
    const answers = Promise.all(Array.from({ length: 200 }, (_, at) => ask(at % 2)))
    await eventually('all others', () => callsOf(second).length >= 5 + 198)
    expect(callsOf(first)).toHaveLength(5 + 2)
    expect((await answers).filter((target) => target === 'first/gpt-4o')).toHaveLength(2)
    for (const { log } of processes)
      expect(log.filter(({ msg }) => msg === 'answers again')).toHaveLength(1)
  })
})

describe.runIf(withServers)('two processes with several keys of one provider', () => {
  const ONE = 'sk-pool-key-one-1111'
  const TWO = 'sk-pool-key-two-2222'

  const startPools = async () => {
    const redis = await startRedis()
    let answer: Answer = {}
    const upstream = await upstreamForTest({ keys: { openai: null }, reply: () => answer })
    const { apiKey: _, ...provider } = openaiAt(upstream.url)
    const open = (apiKeys: readonly string[]) =>
      sluiceForTest({ redisUrl: redis.url, providers: [{ ...provider, apiKeys }] })
    // The lists differ, as they do while processes are restarted with a new one.
    const processes = [await open([ONE, TWO]), await open([TWO, ONE])]
    await expect.poll(() => redis.command('PUBSUB', 'NUMSUB', 'sluice:key-rests')).toContain('2')
    const ask = async (at: number) => {
      expect((await processes[at]?.send(CHAT, { body: chatBody() }))?.status).toBe(200)
      return callsOf(upstream).at(-1)?.headers.authorization
    }
    return { redis, ask, says: (next: Answer) => void (answer = next), upstream }
  }

  const LIMITED = { fault: { status: 429, headers: { 'retry-after': '60' } } } as const

  it('use a key that is limited in neither of them', async () => {
    const { upstream, ask, says, redis } = await startPools()
    upstream.next(LIMITED)
    says({})
    expect(await ask(0)).toBe(`Bearer ${TWO}`)
    await expect
      .poll(async () => [await ask(1), await ask(1)])
      .toEqual([`Bearer ${TWO}`, `Bearer ${TWO}`])
    // A key is nowhere in Redis.
    expect(await redis.command('KEYS', '*')).not.toContain('pool')
  })

  it('rest each for itself while Redis cannot be used', async () => {
    const { redis, upstream, ask } = await startPools()
    await redis.stop()
    upstream.next(LIMITED)
    expect(await ask(0)).toBe(`Bearer ${TWO}`)
    expect(await ask(0)).toBe(`Bearer ${TWO}`)
    expect([await ask(1), await ask(1)].toSorted()).toEqual([`Bearer ${ONE}`, `Bearer ${TWO}`])
  })
})

describe.runIf(withServers)('health checks of several processes', () => {
  const startChecked = async () => {
    const redis = await startRedis()
    const asked: number[] = []
    let isDown = false
    const url = await listenForTest(
      createServer((_, response) => {
        asked.push(performance.now())
        response.writeHead(isDown ? 503 : 200).end('{"object":"list","data":[]}')
      }),
    )
    const health = { everyMs: 300, timeoutMs: 5_000 }
    const options = {
      redisUrl: redis.url,
      adminKeys: ['sk-admin'],
      providers: [{ ...openaiAt(url), health }],
    }
    const processes = [1, 2, 3, 4].map(() => sluiceForTest(options))
    const opened = await Promise.all(processes)
    await expect
      .poll(() => redis.command('PUBSUB', 'NUMSUB', 'sluice:health-checks'))
      .toContain('4')
    const statuses = () =>
      Promise.all(
        opened.map(async (each) => {
          const headers = { authorization: 'Bearer sk-admin' }
          const { json } = await each.send('/health', { headers })
          return (json as { backends: { providers: { check: { status: string } }[] } }).backends
            .providers[0]?.check.status
        }),
      )
    return { redis, asked, statuses, health, fails: () => void (isDown = true) }
  }

  it('are made by one of them in each interval, and all know the answer', async () => {
    const { asked, statuses, health, fails } = await startChecked()
    await expect.poll(statuses).toEqual(['up', 'up', 'up', 'up'])
    const from = asked.length
    const startedAt = performance.now()
    fails()
    await expect.poll(statuses).toEqual(['down', 'down', 'down', 'down'])
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    const intervals = (performance.now() - startedAt) / (health.everyMs * 0.8)
    expect(asked.length - from).toBeLessThanOrEqual(intervals + 2)
  })

  it('are made by each of them while Redis cannot be used', async () => {
    const { redis, asked, statuses, fails } = await startChecked()
    await redis.stop()
    const from = asked.length
    fails()
    await expect.poll(statuses).toEqual(['down', 'down', 'down', 'down'])
    expect(asked.length - from).toBeGreaterThanOrEqual(4)
  })
})
