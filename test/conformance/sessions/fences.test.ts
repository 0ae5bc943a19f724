/** The contract of the session store: one owner of a log at a time, and batches that are written completely or not at all. */
import { describe, expect, it } from 'vitest'
import {
  startSession,
  toMessageRecord,
  toRunRecord,
  toSessionRecord,
  toTokens,
} from '../../tools/chat/sessions/session-records.ts'
import { openAgain, useSessionPlaces } from '../../tools/chat/sessions/sessions-under-test.ts'

const { under, places } = useSessionPlaces()

const KEY = { owner: 'ann', id: 's' }
const CONFLICT = { code: 'conflict', status: 409 }

describe.each(places)('the log of a session in %s', (_name, openPlace) => {
  it('has a higher epoch with each owner, and tells where each began', async () => {
    const { store } = await openPlace()
    await store.create(toSessionRecord('s'), 10)
    const first = await store.open(KEY)
    expect(first).toMatchObject({ epoch: 1, lastSeq: 0, epochs: [{ epoch: 1, firstSeq: 1 }] })
    await store.append(KEY, 1, { events: toTokens(1, 1, 5) })
    const second = await store.open(KEY)
    expect(second).toMatchObject({ epoch: 2, lastSeq: 5 })
    expect(second?.epochs).toMatchObject([
      { epoch: 1, firstSeq: 1 },
      { epoch: 2, firstSeq: 6 },
    ])
  })

  it('keeps the beginnings of the latest 64 epochs', async () => {
    const { store } = await openPlace()
    await store.create(toSessionRecord('s'), 10)
    for (let at = 0; at < 70; at++) await store.open(KEY)
    const opened = await store.open(KEY)
    expect(opened?.epoch).toBe(71)
    expect(opened?.epochs.map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: 64 }, (_, at) => 8 + at),
    )
  })

  it('refuses all of a batch of an earlier owner', async () => {
    const { store } = await openPlace()
    const first = await startSession(store, toSessionRecord('s'))
    const second = await store.open(KEY)
    await expect(
      store.append(KEY, first.epoch, {
        events: toTokens(first.epoch, 1, 3),
        messages: [toMessageRecord('m', 1)],
        runs: [toRunRecord('r')],
        enqueue: [{ messageId: 'q', place: 1, command: '{}', createdAt: 1 }],
        session: { title: 'late' },
      }),
    ).rejects.toMatchObject(CONFLICT)
    await expect(store.append(KEY, first.epoch, { clear: true })).rejects.toMatchObject(CONFLICT)
    expect(await store.find(KEY)).toEqual(toSessionRecord('s'))
    expect((await store.messages(KEY, { limit: 5 })).items).toEqual([])
    await store.append(KEY, second?.epoch ?? 0, { events: toTokens(2, 1, 1) })
    const third = await store.open(KEY)
    expect(third).toMatchObject({ lastSeq: 1, openRuns: [], queue: [] })
    expect((await store.list('ann', { search: 'late', limit: 5 })).items).toEqual([])
  })

  it('refuses a batch of an epoch that never was, of a session that is gone, and of another owner', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const batch = { messages: [toMessageRecord('m', 1)] }
    await expect(store.append(KEY, epoch + 1, batch)).rejects.toMatchObject(CONFLICT)
    const others = { owner: 'ben', id: 's' }
    await expect(store.append(others, epoch, batch)).rejects.toMatchObject(CONFLICT)
    await store.delete(KEY)
    await expect(store.append(KEY, epoch, batch)).rejects.toMatchObject(CONFLICT)
    await store.create(toSessionRecord('s'), 10)
    expect((await store.messages(KEY, { limit: 5 })).items).toEqual([])
  })

  it('takes a batch a second time, also with later events behind it', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const batch = {
      events: toTokens(epoch, 1, 5),
      messages: [toMessageRecord('m', 1)],
      runs: [toRunRecord('r')],
    }
    await store.append(KEY, epoch, batch)
    await store.append(KEY, epoch, batch)
    await store.append(KEY, epoch, { ...batch, events: toTokens(epoch, 1, 8) })
    // The first attempt arrives after all.
    await expect(store.append(KEY, epoch, batch)).rejects.toMatchObject(CONFLICT)
    const opened = await store.open(KEY)
    expect(opened?.events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(opened?.openRuns).toHaveLength(1)
  })

  it('has nothing of a batch that cannot be written', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    await store.append(KEY, epoch, { messages: [toMessageRecord('m1', 1)] })
    const broken = store.append(KEY, epoch, {
      events: toTokens(epoch, 1, 2),
      // The place is taken.
      messages: [toMessageRecord('m2', 1)],
      session: { title: 'half' },
    })
    await expect(broken).rejects.toThrow()
    await expect(broken).rejects.not.toMatchObject({ code: 'store_unavailable' })
    expect(await store.find(KEY)).toMatchObject({ title: null })
    expect(await store.open(KEY)).toMatchObject({ lastSeq: 0, events: [] })
  })

  it('gets batches in the order in which they were sent', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        store.append(KEY, epoch, {
          events: toTokens(epoch, at * 2 + 1, at * 2 + 2),
          enqueue: [{ messageId: `q${at}`, place: at, command: '{}', createdAt: 1 }],
          ...(at > 0 && { dequeue: [`q${at - 1}`] }),
        }),
      ),
    )
    const opened = await store.open(KEY)
    expect(opened?.events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 100 }, (_, at) => at + 1),
    )
    expect(opened?.queue.map(({ messageId }) => messageId)).toEqual(['q49'])
  })

  it('is unfinished while a run has not ended or a message waits', async () => {
    const { store } = await openPlace()
    for (const id of ['run', 'queue', 'ended', 'empty'])
      await startSession(store, toSessionRecord(id, { owner: 'ann "ä"' }))
    const key = (id: string) => ({ owner: 'ann "ä"', id })
    await store.append(key('run'), 1, { runs: [toRunRecord('r1'), toRunRecord('r2')] })
    await store.append(key('queue'), 1, {
      enqueue: [{ messageId: 'q', place: 1, command: '{}', createdAt: 1 }],
    })
    await store.append(key('ended'), 1, { runs: [toRunRecord('r')] })
    await store.append(key('ended'), 1, { runs: [toRunRecord('r', { status: 'interrupted' })] })
    expect(await store.unfinished(10)).toEqual([key('queue'), key('run')])
    expect(await store.unfinished(1)).toEqual([key('queue')])
    expect(await store.unfinished(10, key('queue'))).toEqual([key('run')])
    expect(await store.unfinished(10, key('run'))).toEqual([])
    await store.append(key('queue'), 1, { dequeue: ['q'] })
    await store.delete(key('run'))
    expect(await store.unfinished(10)).toEqual([])
  })
})

describe(`two processes with sessions in ${under.kind}`, () => {
  it('never write one log at the same time', async () => {
    const place = await under.place()
    const processes = await Promise.all([openAgain(under, place), openAgain(under, place)])
    await processes[0].store.create(toSessionRecord('s'), 10)
    const written: number[][] = []
    const work = async (which: 0 | 1): Promise<void> => {
      const { store } = processes[which]
      for (let round = 0; round < 10; round++) {
        const opened = await store.open(KEY)
        if (!opened) throw new Error('The session is gone.')
        const { epoch } = opened
        let { lastSeq } = opened
        try {
          for (let batch = 0; batch < 5; batch++) {
            await store.append(KEY, epoch, { events: toTokens(epoch, lastSeq + 1, lastSeq + 3) })
            written.push([epoch, lastSeq + 1])
            lastSeq += 3
          }
        } catch (error) {
          expect(error).toMatchObject(CONFLICT)
        }
      }
    }
    await Promise.all([work(0), work(1)])
    const opened = await processes[0].store.open(KEY)
    const events = opened?.events ?? []
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1))
    expect(opened?.lastSeq).toBe(written.length * 3)
    for (const [epoch, seq = 0] of written) expect(events[seq - 1]?.epoch).toBe(epoch)
  })

  it('do not take a session back from the one that came later', async () => {
    const place = await under.place()
    const one = (await openAgain(under, place)).store
    const two = (await openAgain(under, place)).store
    const { epoch } = await startSession(one, toSessionRecord('s'))
    const again = await one.open(KEY, epoch)
    expect(again?.epoch).toBe(2)
    // As if it had not learnt of that.
    expect(await one.open(KEY, epoch)).toMatchObject({ epoch: 3 })
    await two.open(KEY)
    await expect(one.open(KEY, 3)).rejects.toMatchObject(CONFLICT)
    await two.append(KEY, 4, { events: toTokens(4, 1, 1) })
    expect(await one.open(KEY)).toMatchObject({ epoch: 5, lastSeq: 1 })
  })

  it('share sessions, and each finds what the other wrote', async () => {
    const place = await under.place()
    const one = await openAgain(under, place)
    const two = await openAgain(under, place)
    await startSession(one.store, toSessionRecord('s', { title: 'Apples' }))
    expect((await two.store.list('ann', { search: 'apples', limit: 5 })).items).toHaveLength(1)
    await one.rows.close()
    expect(await two.store.open(KEY)).toMatchObject({ epoch: 2 })
  })
})
