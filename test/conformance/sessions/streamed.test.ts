/** Sessions with their events in Redis and all else in rows: what that changes, and what it must not. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SessionStore } from '#chat'
import {
  startSession,
  toMessageRecord,
  toRunRecord,
  toSessionRecord,
  toTokens,
} from '../../tools/chat/sessions/session-records.ts'
import { openAgain } from '../../tools/chat/sessions/sessions-under-test.ts'
import { type RedisServer, startRedis } from '../../tools/servers/redis.ts'
import { startToxicProxy } from '../../tools/servers/toxic-proxy.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'

const KEY = { owner: 'ann', id: 's' }
const CONFLICT = { code: 'conflict', status: 409 }
const LOST = { code: 'store_unavailable', vendorCode: 'lost_events' }

const under = useRowsUnderTest()

const seqsOf = async (store: SessionStore): Promise<number[] | undefined> =>
  (await store.open(KEY))?.events.map(({ seq }) => seq)

describe.runIf(withServers)('a session with its events in Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  beforeEach(() => redis.command('FLUSHALL'))

  /** All keys of Redis and their values, as they are. */
  const dump = async (): Promise<string> => {
    const keys = (await redis.command('KEYS', '*')).split('\n').filter((key) => key !== '')
    const values = keys.map((key) =>
      key.endsWith(':entries') ? redis.command('XRANGE', key, '-', '+') : redis.command('GET', key),
    )
    return [...keys, ...(await Promise.all(values))].join('\n')
  }

  const openPlace = async () => {
    const place = await under.place()
    const open = () => openAgain(under, place, redis)
    return { place, open, ...(await open()) }
  }

  it('has none of them in its rows', async () => {
    const { store, db } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, { events: toTokens(1, 1, 3), messages: [toMessageRecord('m', 1)] })
    await store.append(KEY, 1, { events: toTokens(1, 4, 5) })
    expect(await db.selectFrom('session_events').select('events').execute()).toEqual([])
    expect(await seqsOf(store)).toEqual([1, 2, 3, 4, 5])
    expect(store.batchMs).toBe(250)
  })

  it('tells where each epoch began, which only the stream knows', async () => {
    const { open, store } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, { events: toTokens(1, 1, 3), session: { activeAt: 2 } })
    await store.append(KEY, 1, { events: toTokens(1, 4, 9) })
    const second = (await open()).store
    await second.open(KEY)
    await second.append(KEY, 2, { events: toTokens(2, 10, 12) })
    expect((await (await open()).store.open(KEY))?.epochs).toMatchObject([
      { epoch: 1, firstSeq: 1 },
      { epoch: 2, firstSeq: 10 },
      { epoch: 3, firstSeq: 13 },
    ])
  })

  it('is written by its latest owner alone', async () => {
    const { open, store: one } = await openPlace()
    const two = (await open()).store
    await startSession(one, toSessionRecord('s'))
    await one.append(KEY, 1, { events: toTokens(1, 1, 3) })
    await two.open(KEY)
    await expect(one.append(KEY, 1, { events: toTokens(1, 4, 4) })).rejects.toMatchObject(CONFLICT)
    const rows = { events: toTokens(1, 4, 4), runs: [toRunRecord('r')] }
    await expect(one.append(KEY, 1, rows)).rejects.toMatchObject(CONFLICT)
    expect(await two.open(KEY)).toMatchObject({ lastSeq: 3, openRuns: [] })
  })

  it('never has two writers, however often it is taken over', async () => {
    const { open } = await openPlace()
    const stores = [(await open()).store, (await open()).store] as const
    await stores[0].create(toSessionRecord('s'), 10)
    const written: number[][] = []
    const work = async (store: SessionStore): Promise<void> => {
      for (let round = 0; round < 10; round++) {
        const opened = await store.open(KEY)
        if (!opened) throw new Error('The session is gone.')
        const { epoch } = opened
        let { lastSeq } = opened
        try {
          for (let batch = 0; batch < 5; batch++) {
            const events = toTokens(epoch, lastSeq + 1, lastSeq + 3)
            await store.append(KEY, epoch, {
              events,
              ...(batch % 2 === 1 && { session: { activeAt: lastSeq } }),
            })
            written.push([epoch, lastSeq + 1])
            lastSeq += 3
          }
        } catch (error) {
          expect(error).toMatchObject(CONFLICT)
        }
      }
    }
    await Promise.all(stores.map(work))
    const opened = await stores[0].open(KEY)
    const { events = [], lastSeq = 0, cut } = opened ?? {}
    const kept = cut?.events ?? events
    expect(kept.map(({ seq }) => seq)).toEqual(kept.map((_, at) => (kept[0]?.seq ?? 0) + at))
    expect(cut?.lastSeq ?? lastSeq).toBe(kept.at(-1)?.seq ?? lastSeq)
    const first = kept[0]?.seq ?? Infinity
    for (const [epoch, seq = 0] of written)
      if (seq >= first) expect(kept[seq - first]?.epoch).toBe(epoch)
  })

  it('that Redis has lost is told as such, with its rows written', async () => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, { events: toTokens(1, 1, 3) })
    await redis.command('FLUSHALL')
    await expect(store.append(KEY, 1, { events: toTokens(1, 4, 4) })).rejects.toMatchObject(LOST)
    const rows = { events: toTokens(1, 4, 6), runs: [toRunRecord('r')] }
    await expect(store.append(KEY, 1, rows)).rejects.toMatchObject(LOST)
    expect(await store.open(KEY)).toMatchObject({
      epoch: 2,
      lastSeq: 6,
      events: [],
      cut: { lastSeq: 0, events: [] },
      openRuns: [{ id: 'r' }],
      epochs: [
        { epoch: 1, firstSeq: 1 },
        { epoch: 2, firstSeq: 1 },
      ],
    })
    await store.append(KEY, 2, {
      events: toTokens(2, 3, 6),
      runs: [toRunRecord('r', { status: 'interrupted' })],
    })
    expect(await seqsOf(store)).toEqual([3, 4, 5, 6])
  })

  it('begins an epoch where the events that are left end', async () => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, { events: toTokens(1, 1, 3), session: { activeAt: 2 } })
    await store.append(KEY, 1, { events: toTokens(1, 4, 9) })
    await store.open(KEY)
    await store.append(KEY, 2, { events: toTokens(2, 10, 12) })
    await redis.command('FLUSHALL')
    expect((await store.open(KEY))?.epochs).toMatchObject([
      { epoch: 1, firstSeq: 1 },
      { epoch: 2, firstSeq: 1 },
      { epoch: 3, firstSeq: 1 },
    ])
  })

  it('goes on where it was if Redis has lost nothing that a reader needs', async () => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, { events: toTokens(1, 1, 3), session: { activeAt: 2 } })
    await store.forget(KEY, 3)
    await redis.command('FLUSHALL')
    const opened = await store.open(KEY)
    expect(opened).toMatchObject({ lastSeq: 3, events: [] })
    expect(opened?.cut).toBeUndefined()
    expect(opened?.epochs.at(-1)).toMatchObject({ epoch: 2, firstSeq: 4 })
  })

  it('has the events before a change whose own are lost', async () => {
    const { store } = await openPlace()
    const direct = await openAgain(under, await under.place())
    await startSession(direct.store, toSessionRecord('other'))
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, { events: toTokens(1, 1, 5) })
    const fence = (await redis.command('KEYS', '*:head')).split('\n')[0] ?? ''
    const before = await redis.command('GET', fence)
    await redis.command('DEL', fence)
    const change = { events: toTokens(1, 6, 8), messages: [toMessageRecord('m', 1)] }
    await expect(store.append(KEY, 1, change)).rejects.toMatchObject(LOST)
    await redis.command('SET', fence, before)
    const opened = await store.open(KEY)
    expect(opened).toMatchObject({ lastSeq: 8, events: [], cut: { lastSeq: 5 } })
    expect(opened?.cut?.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5])
    await store.append(KEY, 2, { events: toTokens(2, 9, 10) })
    expect(await seqsOf(store)).toEqual([9, 10])
  })

  it('has nothing of an answer whose beginning is lost, and readers take back what they have of it', async () => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    const start = {
      type: 'run_start',
      run_id: 'r',
      message_id: 'm',
      parent_id: null,
      model: 'm',
    } as const
    const begun = {
      events: [{ seq: 1, from: 1, epoch: 1, at: 1, event: start }],
      runs: [toRunRecord('r')],
    }
    await store.append(KEY, 1, begun)
    await store.append(KEY, 1, { events: toTokens(1, 2, 9) })
    expect(await seqsOf(store)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    await redis.command('FLUSHALL')
    await store.open(KEY)
    // All that its owner still had.
    await store.append(KEY, 3, { events: toTokens(3, 7, 12) })
    expect(await store.open(KEY)).toMatchObject({
      lastSeq: 12,
      events: [],
      cut: { lastSeq: 12, events: [] },
      epochs: [
        { epoch: 1, firstSeq: 1 },
        { epoch: 2, firstSeq: 1 },
        { epoch: 3, firstSeq: 1 },
        { epoch: 4, firstSeq: 2 },
      ],
    })
  })

  it('goes on with events that were in the rows before', async () => {
    const place = await under.place()
    const before = await openAgain(under, place)
    await startSession(before.store, toSessionRecord('s'))
    await before.store.append(KEY, 1, { events: toTokens(1, 1, 3) })
    await before.rows.close()
    const { store } = await openAgain(under, place, redis)
    expect(await seqsOf(store)).toEqual([1, 2, 3])
    await store.append(KEY, 2, { events: toTokens(2, 4, 5) })
    expect(await seqsOf(store)).toEqual([1, 2, 3, 4, 5])
    await store.append(KEY, 3, { events: toTokens(3, 6, 6), session: { activeAt: 3 } })
    expect(await seqsOf(store)).toEqual([4, 5, 6])
    const after = await openAgain(under, place)
    expect(await after.store.open(KEY)).toMatchObject({ lastSeq: 6, events: [] })
    await after.store.append(KEY, 5, { events: toTokens(5, 7, 8) })
    expect(await seqsOf(after.store)).toEqual([7, 8])
  })

  it('is forgotten in both places', async () => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, { events: toTokens(1, 1, 5) })
    await store.forget(KEY, 5)
    expect(await redis.command('KEYS', '*:entries')).toBe('')
    expect(await store.open(KEY)).toMatchObject({ lastSeq: 5, events: [] })
    expect(await store.open(KEY)).not.toHaveProperty('cut')
  })

  it('leaves no word, no name and no id in Redis when it is deleted or has expired', async () => {
    const { open, store } = await openPlace()
    const secret = 'zqsecretqz'
    const ids = ['deleted', 'elsewhere', 'expired', 'kept']
    for (const id of ids) {
      const key = { owner: `owner-${secret}`, id: `${id}-${secret}` }
      await startSession(store, toSessionRecord(key.id, { owner: key.owner, expiresAt: 9e9 }))
      await store.append(key, 1, { events: toTokens(1, 1, 3, `${secret} of ${id}`) })
      if (id === 'expired') await store.append(key, 1, { session: { expiresAt: 5 } })
    }
    const full = await dump()
    for (const id of ids) expect(full).toContain(`${secret} of ${id}`)
    expect(full).not.toContain(`-${secret}`)
    const keyOf = (id: string) => ({ owner: `owner-${secret}`, id: `${id}-${secret}` })
    expect(await store.delete(keyOf('deleted'))).toBe(true)
    expect(await (await open()).store.delete(keyOf('elsewhere'))).toBe(true)
    expect(await store.expire(10, 10, () => false)).toBe(1)
    const left = await dump()
    expect(left.match(/zqsecretqz of \w+/g)?.every((text) => text.endsWith('kept'))).toBe(true)
    await store.delete(keyOf('kept'))
    expect((await redis.command('KEYS', '*')).replace(/sluice:\{log\}:probe/, '')).toBe('')
  })

  it('is not brought back by an owner that still writes, or opens it at that moment', async () => {
    const { open, store: one } = await openPlace()
    const two = (await open()).store
    for (let round = 0; round < 20; round++) {
      await startSession(one, toSessionRecord('s', { createdAt: 1_000 + round }))
      const work = [
        one.append(KEY, 1, { events: toTokens(1, 1, 1) }),
        two.delete(KEY),
        one.append(KEY, 1, { events: toTokens(1, 2, 2) }),
        one.open(KEY),
      ]
      await Promise.allSettled(work.slice(round % 4).concat(work.slice(0, round % 4)))
      await one.open(KEY)
      await expect(one.append(KEY, 1, { events: toTokens(1, 3, 3) })).rejects.toThrow()
      expect(await redis.command('KEYS', '*:entries'), `round ${round}`).toBe('')
    }
  })

  it('that is made again with the same id has nothing of the one before', async () => {
    const { store } = await openPlace()
    const proxy = await startToxicProxy(redis)
    const place = await under.place()
    const cut = await openAgain(under, place, {
      ...redis,
      url: `redis://127.0.0.1:${proxy.port}`,
    })
    await startSession(cut.store, toSessionRecord('s'))
    await cut.store.append(KEY, 1, { events: toTokens(1, 1, 9, 'old') })
    await proxy.down()
    expect(await cut.store.delete(KEY)).toBe(true)
    const again = await openAgain(under, place, redis)
    const opened = await startSession(again.store, toSessionRecord('s', { createdAt: 2_000 }))
    expect(opened).toMatchObject({ epoch: 1, lastSeq: 0, events: [] })
    await again.store.append(KEY, 1, { events: toTokens(1, 1, 1, 'new') })
    await proxy.up()
    await expect.poll(async () => (await dump()).includes('old')).toBe(false)
    expect(await seqsOf(again.store)).toEqual([1])
    // As in another installation with the same Redis.
    await startSession(store, toSessionRecord('s', { createdAt: 3_000 }))
    expect(await store.open(KEY)).toMatchObject({ lastSeq: 0, events: [] })
    expect(await seqsOf(again.store)).toEqual([1])
  })
})
