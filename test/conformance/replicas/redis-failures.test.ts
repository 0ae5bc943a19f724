/** Redis at its worst, and processes that stand still: nothing hangs, nobody owns what another owns, and all is well again. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createReplicaCalls, createReplicas, type Replicas } from '#stores'
import { freePort } from '../../tools/servers/free-port.ts'
import { leadName } from '../../tools/servers/moving-name.ts'
import { startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { joinRedis, joinThroughProxy } from '../../tools/stores/replicas/redis-replicas.ts'
import { startReplica } from '../../tools/stores/replicas/start-replica.ts'
import { watch } from '../../tools/stores/replicas/watched.ts'

const UNAVAILABLE = { code: 'store_unavailable', status: 503, retryAfterMs: 1000 }

/** @returns how long it took to be refused. */
const refusedAfter = async (asked: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now()
  await expect(asked()).rejects.toMatchObject(UNAVAILABLE)
  return performance.now() - startedAt
}

const untilWell = (replicas: Replicas) => expect.poll(() => replicas.isWell).toBe(true)

const newName = (): string => randomUUID()

describe.runIf(withServers)('a Redis that fails', () => {
  it('when it is frozen, costs a call a second at most, and a short freeze costs nothing else', async () => {
    const redis = await startRedis()
    const [a, b] = [watch(await joinRedis(redis.url)), watch(await joinRedis(redis.url))]
    const [mine, other] = [newName(), newName()]
    await a.replicas.claim(mine)
    a.replicas.send(b.replicas.self, '1')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['1'])
    redis.freeze()
    expect(await refusedAfter(() => a.replicas.claim(other))).toBeLessThan(3_000)
    expect(a.replicas.isWell).toBe(false)
    // From now on nobody waits.
    expect(await refusedAfter(() => a.replicas.claim(other))).toBeLessThan(200)
    expect(await refusedAfter(() => a.replicas.living())).toBeLessThan(200)
    expect(await a.replicas.claim(mine)).toBe(a.replicas.self)
    a.replicas.send(b.replicas.self, '2')
    a.replicas.release(newName())
    await sleep(1_000)
    redis.thaw()
    await Promise.all([untilWell(a.replicas), untilWell(b.replicas)])
    expect(await b.replicas.claim(mine)).toBe(a.replicas.self)
    expect([a.lost(), b.lost()]).toEqual([[], []])
    a.replicas.send(b.replicas.self, '3')
    await expect.poll(() => b.messagesOf(a.replicas).at(-1)).toBe('3')
    expect([a.has('gone', b.replicas), b.has('gone', a.replicas)]).toEqual([false, false])
  })

  it('for seven seconds ends what all processes own, and they own it again afterwards', async () => {
    const redis = await startRedis()
    const [a, b] = [watch(await joinRedis(redis.url)), watch(await joinRedis(redis.url))]
    const mine = newName()
    await a.replicas.claim(mine)
    await b.replicas.claim(mine)
    redis.freeze()
    const startedAt = performance.now()
    await expect.poll(a.lost).toEqual([mine])
    expect(performance.now() - startedAt).toBeLessThan(9_000)
    await expect.poll(() => b.has('missed', a.replicas)).toBe(true)
    expect(await refusedAfter(() => a.replicas.claim(mine))).toBeLessThan(200)
    redis.thaw()
    await Promise.all([untilWell(a.replicas), untilWell(b.replicas)])
    await expect.poll(() => b.replicas.claim(mine).catch(() => '')).toBe(b.replicas.self)
    expect(await a.replicas.claim(mine)).toBe(b.replicas.self)
    b.replicas.send(a.replicas.self, 'again')
    await expect.poll(() => a.messagesOf(b.replicas)).toEqual(['again'])
  })

  it('when it is slow, is waited for', async () => {
    const redis = await startRedis()
    const { replicas, proxy } = await joinThroughProxy(redis)
    const [a, b] = [watch(replicas), watch(await joinRedis(redis.url))]
    proxy.delayMs = 400
    const name = newName()
    expect(await a.replicas.claim(name)).toBe(a.replicas.self)
    a.replicas.send(b.replicas.self, '1')
    b.replicas.send(a.replicas.self, '2')
    await expect.poll(() => a.messagesOf(b.replicas)).toEqual(['2'])
    await sleep(8_000)
    expect(a.replicas.isWell).toBe(true)
    expect(a.lost()).toEqual([])
    expect(await b.replicas.claim(name)).toBe(a.replicas.self)
  })

  it('that is too slow is not waited for, and what it says too late is given back', async () => {
    const redis = await startRedis()
    const { replicas, proxy } = await joinThroughProxy(redis)
    const b = await joinRedis(redis.url)
    proxy.delayMs = 1_500
    const name = newName()
    expect(await refusedAfter(() => replicas.claim(name))).toBeLessThan(1_500)
    proxy.delayMs = 0
    await expect.poll(() => b.claim(name)).toBe(b.self)
  })

  it('when it is absent at the start, is used as soon as it is there', async () => {
    const port = await freePort()
    const lines: string[] = []
    const log = {
      warn: (fields: object, message: string) => lines.push(JSON.stringify(fields) + message),
      info: (_: object, message: string) => lines.push(message),
    }
    const replicas = createReplicas({ redisUrl: `redis://127.0.0.1:${port}`, log })
    if (!replicas) throw new Error('There is an address.')
    onTestFinished(() => replicas.close())
    expect(await refusedAfter(() => replicas.claim('early'))).toBeLessThan(2_000)
    expect(replicas.isWell).toBe(false)
    replicas.send('nobody', 'early')
    await startRedis({ port })
    await untilWell(replicas)
    expect(await replicas.claim('late')).toBe(replicas.self)
    expect(lines).toEqual([
      expect.stringContaining('other processes cannot be reached through Redis'),
      'other processes are reached through Redis again',
    ])
  })

  it('when it is gone for a moment, costs nothing but messages, which are missed', async () => {
    const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    const [a, b] = [watch(await joinRedis(redis.url)), watch(await joinRedis(redis.url))]
    const mine = newName()
    await a.replicas.claim(mine)
    a.replicas.send(b.replicas.self, '1')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['1'])
    await redis.stop()
    await expect.poll(() => a.replicas.isWell).toBe(false)
    expect(await refusedAfter(() => a.replicas.claim(newName()))).toBeLessThan(200)
    a.replicas.send(b.replicas.self, '2')
    await redis.start()
    await Promise.all([untilWell(a.replicas), untilWell(b.replicas)])
    expect(await b.replicas.claim(mine)).toBe(a.replicas.self)
    // Nothing else is sent: it is noticed all the same.
    await expect.poll(() => b.has('missed', a.replicas)).toBe(true)
    a.replicas.send(b.replicas.self, '3')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['1', '3'])
    expect([a.lost(), a.has('gone', b.replicas), b.has('gone', a.replicas)]).toEqual([
      [],
      false,
      false,
    ])
  })

  it('when it is flushed, learns who owns what, and both sides ask again', async () => {
    const redis = await startRedis()
    const [a, b] = [watch(await joinRedis(redis.url)), watch(await joinRedis(redis.url))]
    const mine = newName()
    await a.replicas.claim(mine)
    a.replicas.send(b.replicas.self, '1')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['1'])
    const flushes: string[] = []
    createReplicaCalls(a.replicas).onEvent({ flushed: () => flushes.push('a') })
    await redis.command('FLUSHALL')
    await redis.command('SCRIPT', 'FLUSH')
    // Nobody takes what another one may own.
    const owner = await b.replicas.claim(mine).catch(({ code }: { code: string }) => code)
    expect(['store_unavailable', a.replicas.self]).toContain(owner)
    await expect.poll(() => flushes).toEqual(['a'])
    await expect.poll(() => b.has('missed', a.replicas)).toBe(true)
    expect(await b.replicas.claim(mine)).toBe(a.replicas.self)
    await expect
      .poll(() => b.replicas.living().catch(() => []))
      .toEqual(expect.arrayContaining([a.replicas.self, b.replicas.self]))
    a.replicas.send(b.replicas.self, '2')
    b.replicas.send(a.replicas.self, '3')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['1', '2'])
    await expect.poll(() => a.messagesOf(b.replicas)).toEqual(['3'])
    await sleep(4_000)
    expect([a.lost(), a.has('gone', b.replicas), b.has('gone', a.replicas)]).toEqual([
      [],
      false,
      false,
    ])
  })

  it('that lost one owner while another claims it tells the former owner', async () => {
    const redis = await startRedis()
    const { replicas, proxy } = await joinThroughProxy(redis)
    const [a, b] = [watch(replicas), watch(await joinRedis(redis.url))]
    const [mine, kept] = [newName(), newName()]
    await a.replicas.claim(mine)
    await a.replicas.claim(kept)
    proxy.hang()
    await redis.command('FLUSHALL')
    await expect.poll(() => b.replicas.claim(mine).catch(() => '')).toBe(b.replicas.self)
    proxy.pass()
    await expect.poll(a.lost).toEqual([mine])
    expect(await b.replicas.claim(kept)).toBe(a.replicas.self)
    expect(await a.replicas.claim(mine)).toBe(b.replicas.self)
  })

  it('that moved to another address is found by its name, and learns who owns what', async () => {
    const port = await freePort('127.0.0.2')
    const before = await startRedis({ port, host: '127.0.0.2' })
    const name = leadName('redis.test', before.host)
    const url = `redis://redis.test:${port}`
    const [a, b] = [watch(await joinRedis(url)), watch(await joinRedis(url))]
    const mine = newName()
    await a.replicas.claim(mine)
    name.address = (await startRedis({ port, host: '127.0.0.3' })).host
    await before.stop()
    await expect.poll(() => a.replicas.isWell && b.replicas.isWell).toBe(false)
    await Promise.all([untilWell(a.replicas), untilWell(b.replicas)])
    await expect.poll(() => b.replicas.claim(mine).catch(() => '')).toBe(a.replicas.self)
    expect(a.lost()).toEqual([])
  })

  it.each([
    ['can only be read', ['REPLICAOF', '127.0.0.1', 1], ['REPLICAOF', 'NO', 'ONE']],
    ['has no memory left', ['CONFIG', 'SET', 'maxmemory', 1], ['CONFIG', 'SET', 'maxmemory', 0]],
  ])('that %s is refused meanwhile, and used again', async (_, worse, better) => {
    const redis = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] })
    const a = await joinRedis(redis.url)
    await redis.command(...worse)
    await refusedAfter(() => a.claim(newName()))
    a.send(randomUUID(), 'text')
    await redis.command(...better)
    await untilWell(a)
    await expect.poll(() => a.claim(newName()).catch(() => '')).toBe(a.self)
  })

  it('has a password that is in no line of the log', async () => {
    const redis = await startRedis({ args: ['--requirepass', 'the-right-word'] })
    const lines: string[] = []
    const keep = (...parts: readonly unknown[]): void => void lines.push(JSON.stringify(parts))
    const redisUrl = `redis://:the-wrong-word@${redis.host}:${redis.port}`
    const wrong = createReplicas({ redisUrl, log: { warn: keep, info: keep } })
    onTestFinished(() => wrong?.close())
    await expect.poll(() => lines.length).toBeGreaterThan(0)
    expect(lines.join('\n')).not.toMatch(/the-\w+-word/)
  })

  it('does not keep a process from closing', async () => {
    const redis = await startRedis()
    const a = await joinRedis(redis.url)
    await a.claim(newName())
    redis.freeze()
    const startedAt = performance.now()
    await a.close()
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    redis.thaw()
  })
})

describe.runIf(withServers)('what is in Redis', () => {
  it('has no name of what is owned, and is nothing when all have closed', async () => {
    const redis = await startRedis()
    const [a, b] = [await joinRedis(redis.url), await joinRedis(redis.url)]
    await a.claim('the name of a person')
    b.send(a.self, 'text')
    await b.claim('the name of a person')
    expect(await redis.command('KEYS', '*')).not.toContain('person')
    for (const key of (await redis.command('KEYS', '*')).split('\n'))
      expect(Number(await redis.command('PTTL', key))).toBeGreaterThan(0)
    await Promise.all([a.close(), b.close()])
    await expect.poll(() => redis.command('KEYS', '*')).toBe('')
  })

  it('does not hold messages that were read', async () => {
    const redis = await startRedis()
    const [a, b] = [watch(await joinRedis(redis.url)), watch(await joinRedis(redis.url))]
    a.replicas.send(b.replicas.self, 'text')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['text'])
    const inbox = `sluice:{replica:${b.replicas.self}}:inbox`
    await expect.poll(() => redis.command('XLEN', inbox)).toBe('0')
  })
})

describe.runIf(withServers)('an inbox', () => {
  it('whose oldest messages were removed before they were read says so', async () => {
    const redis = await startRedis()
    const { replicas, proxy } = await joinThroughProxy(redis)
    const [a, b] = [watch(await joinRedis(redis.url)), watch(replicas)]
    a.replicas.send(replicas.self, 'first')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['first'])
    proxy.hang()
    const inbox = `sluice:{replica:${replicas.self}}:inbox`
    // Redis answers the reading that is in progress with the second one.
    for (const message of ['second', 'third', 'fourth']) {
      const before = Number(await redis.command('XLEN', inbox))
      a.replicas.send(replicas.self, message)
      await expect.poll(() => redis.command('XLEN', inbox)).toBe(`${before + 1}`)
    }
    await redis.command('XTRIM', inbox, 'MAXLEN', 1)
    proxy.pass()
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['first', 'second', 'fourth'])
    expect(b.heard.map(([kind]) => kind)).toEqual(['message', 'message', 'missed', 'message'])
  })

  it('with something that is no message is read on', async () => {
    const redis = await startRedis()
    const [a, b] = [watch(await joinRedis(redis.url)), watch(await joinRedis(redis.url))]
    const inbox = `sluice:{replica:${b.replicas.self}}:inbox`
    for (const text of ['x', '', 'a 1 2 3 99999999999\n', `${a.replicas.self} 1 1 x 3\nabc`])
      await redis.command('XADD', inbox, '*', 'b', text)
    a.replicas.send(b.replicas.self, 'text')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['text'])
  })
})

describe.runIf(withServers)('a process', () => {
  it('that is killed is gone within its lease, and a second', async () => {
    const redis = await startRedis()
    const a = watch(await joinRedis(redis.url))
    const process = await startReplica(redis.url, ['one', 'two'])
    expect(await a.replicas.claim('one')).toBe(process.self)
    process.kill()
    const killedAt = performance.now()
    await expect.poll(() => a.heard.some(([kind]) => kind === 'gone')).toBe(true)
    expect(performance.now() - killedAt).toBeLessThan(13_000)
    expect(await a.replicas.claim('one')).toBe(a.replicas.self)
    expect(await a.replicas.claim('two')).toBe(a.replicas.self)
  })

  it('that stood still for longer than its lease learns first that it has lost everything', async () => {
    const redis = await startRedis()
    const a = watch(await joinRedis(redis.url))
    const process = await startReplica(redis.url, ['one', 'two'])
    expect(await a.replicas.claim('one')).toBe(process.self)
    a.replicas.send(process.self, 'before')
    await expect.poll(() => process.said).toContain('message before')
    process.stop()
    a.replicas.send(process.self, 'of its past')
    await sleep(12_000)
    expect(a.heard).toContainEqual(['gone', process.self])
    expect(await a.replicas.claim('one')).toBe(a.replicas.self)
    const saidBefore = process.said.length
    process.go()
    await expect.poll(() => process.said.slice(saidBefore)[0]).toBe('lost one two')
    await expect.poll(() => process.said).toContain(`missed ${a.replicas.self}`)
    await expect.poll(() => process.said).toContain('well')
    a.replicas.send(process.self, 'after')
    await expect.poll(() => process.said).toContain('message after')
    expect(process.said).not.toContain('message of its past')
    await expect.poll(() => process.said).toContain(`owned one by ${a.replicas.self}`)
  })

  it('that has a life after its death is gone before it is heard again', async () => {
    const redis = await startRedis()
    const { replicas, proxy } = await joinThroughProxy(redis)
    const [a, b] = [watch(replicas), watch(await joinRedis(redis.url))]
    const name = newName()
    await a.replicas.claim(name)
    expect(await b.replicas.claim(name)).toBe(a.replicas.self)
    proxy.hang()
    await expect.poll(a.lost).toEqual([name])
    proxy.pass()
    await untilWell(a.replicas)
    a.replicas.send(b.replicas.self, 'new')
    await expect.poll(() => b.messagesOf(a.replicas)).toEqual(['new'])
    expect(b.heard.map(([kind]) => kind)).toEqual(['gone', 'message'])
    await sleep(2_000)
    expect(b.heard.length).toBe(2)
  })
})
