/** The contract of streams: one writer at a time, nothing lost without a word, and nothing left. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { batchOf, openStreams } from '../../tools/stores/streams-under-test.ts'

const EMPTY = { lastSeq: 0, forgottenSeq: 0, batches: [] }

describe.runIf(withServers)('a stream', () => {
  let redis: RedisServer
  let names = 0
  const open = () => openStreams({ redisUrl: redis.url })
  const newName = (): string => `stream${names++}`

  beforeAll(async () => {
    redis = await startRedis()
  })

  it('is empty at first, and has what was appended, in order', async () => {
    const streams = open()
    const name = newName()
    expect(await streams.open(name, 1)).toEqual(EMPTY)
    expect(await streams.append(name, 1, batchOf(1, 3))).toBe('kept')
    expect(await streams.append(name, 1, batchOf(4, 4))).toBe('kept')
    expect(await streams.open(name, 2)).toEqual({
      lastSeq: 4,
      forgottenSeq: 0,
      batches: ['1 to 3', '4 to 4'],
    })
    expect(await streams.open(newName(), 1)).toEqual(EMPTY)
  })

  it('takes batches of its latest epoch alone', async () => {
    const streams = open()
    const name = newName()
    await streams.open(name, 3)
    expect(await streams.append(name, 2, batchOf(1, 1))).toBe('fenced')
    expect(await streams.append(name, 4, batchOf(1, 1))).toBe('lost')
    expect(await streams.append(name, 3, batchOf(1, 1))).toBe('kept')
    const other = open()
    await other.open(name, 4)
    expect(await streams.append(name, 3, batchOf(2, 2))).toBe('fenced')
    expect(await other.append(name, 4, batchOf(2, 2))).toBe('kept')
    // A process that is late reads, and changes nothing.
    expect(await streams.open(name, 3)).toMatchObject({ lastSeq: 2 })
    expect(await other.append(name, 4, batchOf(3, 3))).toBe('kept')
  })

  it('is lost if nothing is known of it', async () => {
    const streams = open()
    const name = newName()
    await streams.open(name, 1)
    await streams.append(name, 1, batchOf(1, 5))
    await redis.command('FLUSHALL')
    expect(await streams.append(name, 1, batchOf(6, 6))).toBe('lost')
    expect(await streams.open(name, 2)).toEqual(EMPTY)
    expect(await streams.append(name, 2, batchOf(4, 6))).toBe('kept')
    expect(await streams.open(name, 3)).toMatchObject({ lastSeq: 6, batches: ['4 to 6'] })
  })

  it('is lost if Redis has evicted its entries or its head', async () => {
    const streams = open()
    for (const [what, kept] of [
      ['entries', 0],
      ['head', 0],
    ] as const) {
      const name = newName()
      await streams.open(name, 1)
      await streams.append(name, 1, batchOf(1, 5))
      await redis.command('DEL', `sluice:{log:${name}}:${what}`)
      expect(await streams.append(name, 1, batchOf(6, 6)), what).toBe('lost')
      expect(await streams.open(name, 2), what).toMatchObject({ lastSeq: kept, batches: [] })
      expect(await streams.append(name, 2, batchOf(1, 6)), what).toBe('kept')
    }
  })

  it('is lost if Redis went back to an older state of it', async () => {
    const streams = open()
    const name = newName()
    const head = `sluice:{log:${name}}:head`
    await streams.open(name, 1)
    await streams.append(name, 1, batchOf(1, 5))
    const older = await redis.command('GET', head)
    await streams.append(name, 1, batchOf(6, 9))
    await redis.command('XDEL', `sluice:{log:${name}}:entries`, '9-0')
    await redis.command('SET', head, older)
    expect(await streams.append(name, 1, batchOf(10, 12))).toBe('lost')
    expect(await streams.open(name, 2)).toMatchObject({ lastSeq: 5 })
  })

  it('begins anew with the first batch of an epoch that does not follow', async () => {
    const streams = open()
    const name = newName()
    await streams.open(name, 1)
    await streams.append(name, 1, batchOf(1, 5))
    await streams.open(name, 2)
    expect(await streams.append(name, 2, batchOf(9, 10))).toBe('kept')
    expect(await streams.open(name, 3)).toMatchObject({ lastSeq: 10, batches: ['9 to 10'] })
    expect(await streams.append(name, 3, batchOf(11, 11))).toBe('kept')
    expect(await streams.append(name, 3, batchOf(13, 13))).toBe('lost')
  })

  it('has a batch that is sent again twice, and refuses one that comes late', async () => {
    const streams = open()
    const name = newName()
    await streams.open(name, 1)
    await streams.append(name, 1, batchOf(1, 5, 'a'))
    expect(await streams.append(name, 1, batchOf(1, 5, 'b'))).toBe('kept')
    expect(await streams.append(name, 1, batchOf(1, 7, 'c'))).toBe('kept')
    expect(await streams.append(name, 1, batchOf(1, 5, 'd'))).toBe('fenced')
    expect(await streams.open(name, 2)).toMatchObject({ lastSeq: 7, batches: ['a', 'b', 'c'] })
  })

  it('forgets whole batches, and remembers its last number', async () => {
    const streams = open()
    const name = newName()
    await streams.open(name, 1)
    for (const from of [1, 11, 21]) await streams.append(name, 1, batchOf(from, from + 9))
    await streams.forget(name, 15)
    expect(await streams.open(name, 2)).toEqual({
      lastSeq: 30,
      forgottenSeq: 15,
      batches: ['11 to 20', '21 to 30'],
    })
    await streams.forget(name, 3)
    await streams.forget(name, 1_000)
    expect(await streams.open(name, 3)).toEqual({ lastSeq: 30, forgottenSeq: 30, batches: [] })
    expect(await redis.command('EXISTS', `sluice:{log:${name}}:entries`)).toBe('0')
    expect(await streams.append(name, 3, batchOf(31, 31))).toBe('kept')
    expect(await streams.open(name, 4)).toMatchObject({ lastSeq: 31, batches: ['31 to 31'] })
    await streams.forget(newName(), 5)
  })

  it('is gone when it is deleted', async () => {
    const streams = open()
    const name = newName()
    await streams.open(name, 1)
    await streams.append(name, 1, batchOf(1, 1))
    await streams.delete(name)
    await streams.delete(newName())
    expect(await redis.command('KEYS', `*${name}}*`)).toBe('')
    expect(await streams.append(name, 1, batchOf(2, 2))).toBe('lost')
  })

  it('expires by itself, each of its keys, whatever is done last', async () => {
    const streams = openStreams({ redisUrl: redis.url, keptMs: 60_000 })
    const name = newName()
    const ttls = async (): Promise<number[]> => {
      const keys = (await redis.command('KEYS', `*${name}}*`)).split('\n')
      return Promise.all(keys.map(async (key) => Number(await redis.command('PTTL', key))))
    }
    const expectExpiring = async (keys: number): Promise<void> => {
      const all = await ttls()
      expect(all).toHaveLength(keys)
      for (const ttl of all) expect(ttl > 0 && ttl <= 60_000).toBe(true)
    }
    await streams.open(name, 1)
    await expectExpiring(1)
    await streams.append(name, 1, batchOf(1, 10))
    await expectExpiring(2)
    await streams.append(name, 1, batchOf(11, 20))
    await expectExpiring(2)
    await streams.forget(name, 10)
    await expectExpiring(2)
    await streams.open(name, 2)
    await expectExpiring(2)
    await streams.forget(name, 20)
    await expectExpiring(1)
  })

  it('has both of its keys on one node of a cluster', async () => {
    const streams = open()
    const name = newName()
    await streams.open(name, 1)
    await streams.append(name, 1, batchOf(1, 1))
    const keys = (await redis.command('KEYS', `*${name}}*`)).split('\n')
    const tags = keys.map((key) => /\{([^}]+)\}/.exec(key)?.[1])
    expect(tags).toEqual([`log:${name}`, `log:${name}`])
  })

  it('works when Redis has forgotten the scripts', async () => {
    const streams = open()
    const name = newName()
    await streams.open(name, 1)
    await redis.command('SCRIPT', 'FLUSH')
    const all = await Promise.all([
      streams.append(name, 1, batchOf(1, 1)),
      streams.open(newName(), 1),
    ])
    expect(all).toEqual(['kept', EMPTY])
  })

  it('is written together with others, however many there are and however large', async () => {
    const streams = open()
    const all = Array.from({ length: 600 }, newName)
    await Promise.all(all.map((name) => streams.open(name, 1)))
    const text = 'x'.repeat(100_000)
    const appended = await Promise.all(
      all.map((name, at) =>
        streams.append(name, 1, batchOf(1, at + 1, at % 10 === 0 ? text : 'y')),
      ),
    )
    expect(new Set(appended)).toEqual(new Set(['kept']))
    const kept = await Promise.all(all.map((name) => streams.open(name, 2)))
    expect(kept.map(({ lastSeq }) => lastSeq)).toEqual(all.map((_, at) => at + 1))
    expect(kept[0]?.batches).toEqual([text])
  })

  it('keeps texts as they are', async () => {
    const streams = open()
    const texts = ['', 'a\0b', '"\\', '👩‍👩‍👧‍👦 漢字', '\r\n$5\r\n', JSON.stringify('\ud83d')]
    for (const text of texts) {
      const name = newName()
      await streams.open(name, 1)
      await streams.append(name, 1, batchOf(1, 1, text))
      expect((await streams.open(name, 2)).batches).toEqual([text])
    }
  })
})
