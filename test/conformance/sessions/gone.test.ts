/** Stores of sessions that cannot be used: every call says so within a second, and nothing is half written. */
import { rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSessionStore } from '#chat'
import { createRows } from '#stores'
import {
  startSession,
  toMessageRecord,
  toRunRecord,
  toSessionRecord,
  toTokens,
} from '../../tools/chat/sessions/session-records.ts'
import { openAgain } from '../../tools/chat/sessions/sessions-under-test.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import { useRowsUnderTest } from '../../tools/stores/rows-under-test.ts'
import { canMount, startSmallDisk } from '../../tools/stores/small-disk.ts'

const KEY = { owner: 'ann', id: 's' }
const GONE = { code: 'store_unavailable', status: 503, retryAfterMs: 1_000 }
/** Far above the second that is promised, since the machine may be busy. */
const SOON_MS = 5_000

const under = useRowsUnderTest()

const batchOf = (from: number, text = 'word ') => ({
  events: toTokens(1, from, from + 19, text),
  messages: [toMessageRecord(`m${from}`, from, { content: text })],
  session: { activeAt: 2_000 + from },
})

const expectGone = async (work: () => Promise<unknown>): Promise<void> => {
  const startedAt = performance.now()
  await expect(work()).rejects.toMatchObject(GONE)
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS)
}

/** Of SQLite. */
const FULL = 13

/** Repeats it until there is no more room. */
const fillWith = async (work: (at: number) => Promise<unknown>): Promise<number> => {
  for (let at = 0; at < 2_000; at++) {
    const isFull = await work(at).then(
      () => false,
      (error: { cause?: { errcode?: unknown } }) => error.cause?.errcode === FULL,
    )
    if (isFull) return at
  }
  throw new Error('There is still room.')
}

describe.runIf(withServers)('sessions in a PostgreSQL that is', () => {
  it('gone are told as such, and are there again with it', async () => {
    const { store } = await openAgain(under, await under.place())
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, batchOf(1))
    await under.server.kill()
    for (const work of [
      () => store.find(KEY),
      () => store.open(KEY),
      () => store.append(KEY, 1, batchOf(21)),
      () => store.create(toSessionRecord('t'), 10),
      () => store.list('ann', { search: 'word', limit: 5 }),
      () => store.delete(KEY),
      () => store.expire(9e12, 5, () => false),
      () => store.unfinished(5),
    ])
      await expectGone(work)
    await under.server.startAgain()
    await expect
      .poll(() => store.find(KEY).catch(() => undefined))
      .toMatchObject({ activeAt: 2_001 })
    await store.append(KEY, 1, batchOf(21))
    const opened = await store.open(KEY)
    expect(opened?.events).toHaveLength(40)
  })

  it('gone at the start are told as such', async () => {
    const place = await under.place()
    await under.server.kill()
    const store = createSessionStore(under.at(place))
    await expectGone(() => store.create(toSessionRecord('s'), 10))
    await under.server.startAgain()
    await expect
      .poll(() => store.create(toSessionRecord('s'), 10).catch(() => undefined))
      .toBe(true)
  })

  it('frozen are told as such, and a batch that arrives late is there once', async () => {
    const { store } = await openAgain(under, await under.place())
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, batchOf(1))
    under.server.freeze()
    await expectGone(() => store.append(KEY, 1, batchOf(21)))
    await expectGone(() => store.find(KEY))
    under.server.thaw()
    const again = { ...batchOf(21), events: toTokens(1, 21, 60) }
    await expect
      .poll(() =>
        store
          .append(KEY, 1, again)
          .then(() => 'there')
          .catch(({ code }) => code as unknown),
      )
      .toBe('there')
    const opened = await store.open(KEY)
    expect(opened?.events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 60 }, (_, at) => at + 1),
    )
    expect((await store.messages(KEY, { limit: 9 })).items.map(({ id }) => id)).toEqual([
      'm1',
      'm21',
    ])
  })
})

describe.runIf(!withServers && canMount)('sessions on a disk that is', () => {
  it('full are told as such, and nothing is half written', async () => {
    const disk = startSmallDisk()
    const rows = under.at({ folder: `${disk.folder}/data` })
    await rows.open()
    const store = createSessionStore(rows)
    await startSession(store, toSessionRecord('s'))
    await store.append(KEY, 1, batchOf(1))
    disk.fill()
    const taken = await fillWith((at) =>
      store.append(KEY, 1, batchOf(21 + at * 20, 'many words '.repeat(50))),
    )
    const from = 21 + taken * 20
    await expectGone(() =>
      store.append(KEY, 1, { clear: true, ...batchOf(from, 'x'.repeat(200_000)) }),
    )
    disk.free()
    await store.append(KEY, 1, batchOf(from))
    const opened = await store.open(KEY)
    const expected = Array.from({ length: from + 19 }, (_, at) => at + 1)
    expect(opened?.events.map(({ seq }) => seq)).toEqual(expected)
    const { items } = await store.messages(KEY, { limit: 10_000 })
    expect(items).toHaveLength((from - 1) / 20 + 1)
  })

  it('read-only are told as such', async () => {
    const disk = startSmallDisk()
    const place = { folder: `${disk.folder}/data` }
    const before = under.at(place)
    await startSession(createSessionStore(before), toSessionRecord('s'))
    await before.close()
    disk.setReadOnly(true)
    const store = createSessionStore(under.at(place))
    await expectGone(() => store.append(KEY, 1, batchOf(1)))
    disk.setReadOnly(false)
    await expect
      .poll(() =>
        store.append(KEY, 1, batchOf(1)).then(
          () => 'there',
          () => undefined,
        ),
      )
      .toBe('there')
  })
})

describe.runIf(!withServers)('sessions in a file that', () => {
  it('cannot be made are told as such', async () => {
    const store = createSessionStore(under.at({ folder: '/dev/null/none' }))
    await expectGone(() => store.create(toSessionRecord('s'), 10))
    await expectGone(() => store.unfinished(5))
  })

  it('was deleted are told as such once, and then are new', async () => {
    const place = await under.place()
    const { store } = await openAgain(under, place)
    await startSession(store, toSessionRecord('s'))
    rmSync(place.folder, { recursive: true })
    await expectGone(() => store.append(KEY, 1, batchOf(1)))
    expect(await store.find(KEY)).toBeUndefined()
    expect(await store.create(toSessionRecord('s'), 10)).toBe(true)
  })
})

describe.runIf(!withServers)('sessions in memory', () => {
  it('are refused when it is full, and there is room again after a deletion', async () => {
    const rows = createRows()
    const store = createSessionStore(rows)
    const runs = [toRunRecord('r', { prompt: 'x'.repeat(1024 * 1024) })]
    const keyOf = (at: number) => ({ owner: 'ann', id: `s${at}` })
    const most = await fillWith(async (at) => {
      await startSession(store, toSessionRecord(`s${at}`))
      await store.append(keyOf(at), 1, { runs })
    })
    expect(most).toBeGreaterThan(100)
    await expectGone(() =>
      store.append(keyOf(most - 1), 1, {
        runs: [...runs, ...runs.map((run) => ({ ...run, id: 'other' }))],
      }),
    )
    for (let at = 0; at < 5; at++) await store.delete(keyOf(at))
    await startSession(store, toSessionRecord('new'))
    await store.append({ owner: 'ann', id: 'new' }, 1, { runs })
    await rows.close()
  })

  it('leave nothing behind, and are not shared', async () => {
    const [one, two] = [createRows(), createRows()]
    await startSession(createSessionStore(one), toSessionRecord('s'))
    expect(await createSessionStore(two).find(KEY)).toBeUndefined()
    expect([one.kind, await one.exist()]).toEqual(['sqlite', true])
    await Promise.all([one.close(), two.close()])
  })
})
