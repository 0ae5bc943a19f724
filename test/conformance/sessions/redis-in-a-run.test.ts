/** What happens to a run in progress, and to its readers, when Redis or the rows fail. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createLogStreams } from '#stores'
import { GPT } from '../../tools/app/asks.ts'
import type { Reading, Visit } from '../../tools/chat/chat-house.ts'
import { folderForTest, realChat } from '../../tools/chat/real-chat.ts'
import { leadName } from '../../tools/servers/moving-name.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { startToxicProxy } from '../../tools/servers/toxic-proxy.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'
import { canMount, startSmallDisk } from '../../tools/stores/small-disk.ts'

const under = useRowsUnderTest()

const TEXT = Array.from({ length: 60 }, (_, at) => `word${at} `).join('')
/** About six seconds. */
const LONG = { parts: [{ text: TEXT }], paceMs: 100, pieces: 60 }
const GONE = { code: 'store_unavailable', status: 503, retryAfterMs: 1_000 }

interface Options {
  readonly redisUrl: string
  readonly rows?: { readonly folder: string; readonly databaseUrl?: string }
}

/** A run of which some text has been read. */
const startRun = async ({ redisUrl, rows = { folder: folderForTest() } }: Options) => {
  const chat = await realChat({ chat: { model: GPT }, rows, redisUrl })
  const visit = await chat.join()
  const reading = await visit.read()
  chat.upstream.next(LONG)
  await visit.say('hello')
  await untilWords(reading, 5)
  return { chat, visit, reading, rows }
}

const untilWords = (reading: Reading, count: number) =>
  expect.poll(() => reading.text.split(' ').length).toBeGreaterThan(count)

const untilEnd = async (reading: Reading): Promise<void> => {
  await expect.poll(() => reading.types.at(-1)).toBe('run_end')
  expect(reading.text).toBe(TEXT)
  expect(reading.sent.at(-1)?.event).toMatchObject({ status: 'done', result: TEXT })
  expect(reading.ended).toBeUndefined()
  const seqs = reading.sent.map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_, at) => (seqs[0] ?? 0) + at))
}

/** What Redis has of the session, and a new process can read. */
const expectStored = async (redis: RedisServer, { session }: Visit): Promise<void> => {
  const [key = ''] = (await redis.command('KEYS', '*:entries')).split('\n')
  const streams = createLogStreams({ redisUrl: redis.url })
  const name = /\{log:([^}]+)\}/.exec(key)?.[1] ?? ''
  const { lastSeq, batches } = await streams.open(name, 0)
  await streams.close()
  expect(lastSeq).toBe(session.position.seq)
  const events = batches.flatMap((text) => JSON.parse(text) as object[])
  const texts = events.map(({ event }: { event?: { token?: string } }) => event?.token ?? '')
  expect(texts.join('')).toBe(TEXT)
}

describe.runIf(withServers)('a run while Redis is', () => {
  it('well is in Redis, in batches, and its end at once', async () => {
    const redis = await startRedis()
    const { visit, reading } = await startRun({ redisUrl: redis.url })
    await untilEnd(reading)
    expect(visit.session.position.epoch).toBe(1)
    await expectStored(redis, visit)
    const [key = ''] = (await redis.command('KEYS', '*:entries')).split('\n')
    const batches = Number(await redis.command('XLEN', key))
    expect(batches).toBeGreaterThan(5)
    expect(batches).toBeLessThan(40)
  })

  it('slow goes on, and a message waits', async () => {
    const redis = await startRedis()
    const proxy = await startToxicProxy(redis)
    const { visit, reading } = await startRun({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
    proxy.delayMs = 400
    expect((await visit.say('two')).status).toBe('queued')
    await expect.poll(() => reading.types.filter((type) => type === 'run_end')).toHaveLength(1)
    expect(reading.text).toBe(TEXT)
    expect(visit.session.position.epoch).toBe(1)
  })

  it.each([
    ['gone', (redis: RedisServer) => redis.stop(), (redis: RedisServer) => redis.start()],
    [
      'frozen',
      async (redis: RedisServer) => redis.freeze(),
      async (redis: RedisServer) => redis.thaw(),
    ],
  ] as const)('%s is read on, and is in Redis when it is back', async (_name, end, begin) => {
    const redis = await startRedis()
    const { chat, visit, reading } = await startRun({ redisUrl: redis.url })
    await end(redis)
    await sleep(500)
    const startedAt = performance.now()
    await expect(visit.say('two')).rejects.toMatchObject(GONE)
    await expect(chat.join('other')).rejects.toMatchObject(GONE)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(chat.upstream.calls).toHaveLength(1)
    await untilWords(reading, reading.text.split(' ').length + 5)
    await begin(redis)
    await untilEnd(reading)
    await expectStored(redis, visit)
    chat.upstream.next({ parts: [{ text: 'Hello' }] })
    await expect.poll(() => visit.say('three').then(({ status }) => status, String)).toBe('started')
  })

  it('gone until after the end of the answer ends when it is back', async () => {
    const redis = await startRedis()
    const { visit, reading } = await startRun({ redisUrl: redis.url })
    await redis.stop()
    await expect.poll(() => reading.text).toBe(TEXT)
    await sleep(1_500)
    expect(reading.types).not.toContain('run_end')
    expect(visit.session.activeRun).toBeDefined()
    await redis.start()
    await untilEnd(reading)
    await expectStored(redis, visit)
  })

  it('flushed goes on, and a message at that moment is taken', async () => {
    const redis = await startRedis()
    const { visit, reading } = await startRun({ redisUrl: redis.url })
    await redis.command('FLUSHALL')
    await untilWords(reading, 15)
    await redis.command('FLUSHALL')
    expect((await visit.say('two')).status).toBe('queued')
    await expect.poll(() => reading.text.startsWith(TEXT)).toBe(true)
    await redis.command('FLUSHALL')
    await expect.poll(() => reading.types.filter((type) => type === 'run_end')).toHaveLength(2)
    const again = await visit.read('1.3')
    expect(again.types).not.toContain('rewind')
    expect(again.types).not.toContain('snapshot')
  })

  it('flushed, and its process cut off: the next one has the messages, and readers come back', async () => {
    const redis = await startRedis()
    const proxy = await startToxicProxy(redis)
    const first = await startRun({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
    const { position } = first.visit.session
    await proxy.down()
    await redis.command('FLUSHALL')
    const { rows } = first
    const next = await realChat({ chat: { model: GPT }, rows, redisUrl: redis.url })
    const again = await next.join()
    const reading = await again.read(`${position.epoch}.${position.seq}`)
    expect(reading.sent.map(({ event }) => event)).toMatchObject([
      { type: 'rewind' },
      {
        type: 'snapshot',
        messages: [{ content: 'hello' }, { content: '', status: 'interrupted' }],
      },
    ])
    const history = await again.session.history()
    expect(history).toMatchObject([{ content: 'hello' }, { status: 'interrupted' }])
    await proxy.up()
    await expect.poll(() => first.reading.ended?.reason.vendorCode).toBe('going_away')
  })

  it('moved to another address is found there', async () => {
    const port = await freePort()
    const leads = leadName('redis.test', '127.0.0.1')
    const one = await startRedis({ host: '127.0.0.1', port })
    const two = await startRedis({ host: '127.0.0.2', port })
    const { visit, reading } = await startRun({ redisUrl: `redis://redis.test:${port}` })
    leads.address = '127.0.0.2'
    await one.stop()
    await untilEnd(reading)
    await expectStored(two, visit)
  })

  it('replaced by a replica that lags behind gets what that one lacks', async () => {
    const primary = await startRedis()
    const replica = await startRedis()
    const proxy = await startToxicProxy(primary)
    await replica.command('REPLICAOF', primary.host, primary.port)
    await expect.poll(() => replica.command('INFO', 'replication')).toMatch(/link_status:up/)
    const { visit, reading } = await startRun({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
    await expect.poll(() => replica.command('KEYS', '*:entries')).not.toBe('')
    await replica.command('REPLICAOF', 'NO', 'ONE')
    await untilWords(reading, 20)
    proxy.target = replica
    await primary.stop()
    proxy.cut()
    await untilEnd(reading)
    await expectStored(replica, visit)
  })
})

describe.runIf(withServers)('a run with its events in Redis while the rows are', () => {
  const startWithPostgres = async () => {
    const redis = await startRedis()
    const place = (await under.place()) as NonNullable<Options['rows']>
    return { redis, ...(await startRun({ redisUrl: redis.url, rows: place })) }
  }

  it('gone is read on and kept in Redis, and ends when they are back', async () => {
    const { redis, chat, visit, reading } = await startWithPostgres()
    await under.server.kill()
    await expect.poll(() => reading.text).toBe(TEXT)
    await expect(visit.say('two')).rejects.toMatchObject(GONE)
    expect(chat.upstream.calls).toHaveLength(1)
    await sleep(1_000)
    expect(reading.types).not.toContain('run_end')
    await under.server.startAgain()
    await untilEnd(reading)
    await expectStored(redis, visit)
  })

  it('gone when a message is sent refuses it, and loses nothing of the answer', async () => {
    const { redis, chat, visit, reading } = await startWithPostgres()
    await under.server.kill()
    await expect(visit.say('two')).rejects.toMatchObject(GONE)
    expect(chat.upstream.calls).toHaveLength(1)
    await sleep(1_000)
    await under.server.startAgain()
    await untilEnd(reading)
    await expectStored(redis, visit)
  })

  it.runIf(canMount)('on a full disk is read on, and ends when there is room', async () => {
    const redis = await startRedis()
    const disk = startSmallDisk()
    const rows = { folder: `${disk.folder}/data` }
    const { chat, visit, reading } = await startRun({ redisUrl: redis.url, rows })
    disk.fill()
    await expect.poll(() => reading.text).toBe(TEXT)
    const large = () => visit.say('x'.repeat(200_000)).catch(({ code }) => code as unknown)
    await expect.poll(large).toBe('store_unavailable')
    expect(chat.upstream.calls).toHaveLength(1)
    disk.free()
    await untilEnd(reading)
    await expectStored(redis, visit)
  })
})
