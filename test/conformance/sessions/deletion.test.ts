/** The contract of the session store: what expires or is deleted is gone, down to the bytes of the file. */
import { existsSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { RowStore } from '#stores'
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
const TABLES = [
  'sessions',
  'session_messages',
  'session_runs',
  'session_queue',
  'session_events',
  'session_texts',
] as const

const countRows = async (db: RowStore['db']): Promise<number> => {
  let sum = 0
  for (const table of TABLES) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from ${sql.table(table)}`.execute(db)
    sum += rows[0]?.count ?? 0
  }
  return sum
}

describe.each(places)('a session in %s', (_name, openPlace) => {
  it('that is deleted leaves no row', async () => {
    const { store, db } = await openPlace()
    await startSession(store, toSessionRecord('s', { title: 'apple' }))
    await store.append(KEY, 1, {
      events: toTokens(1, 1, 3),
      messages: [toMessageRecord('m', 1)],
      runs: [toRunRecord('r')],
      enqueue: [{ messageId: 'q', place: 1, command: '{}', createdAt: 1 }],
    })
    // Events may be in Redis.
    expect(await countRows(db)).toBeGreaterThanOrEqual(6)
    expect(await store.delete({ owner: 'ben', id: 's' })).toBe(false)
    expect(await store.delete(KEY)).toBe(true)
    expect(await store.delete(KEY)).toBe(false)
    expect(await countRows(db)).toBe(0)
    expect((await store.list('ann', { search: 'apple', limit: 5 })).items).toEqual([])
    expect(await store.open(KEY)).toBeUndefined()
  })

  it('is deleted with what is appended at the same time', async () => {
    const { store, db } = await openPlace()
    for (let round = 0; round < 10; round++) {
      await startSession(store, toSessionRecord('s'))
      const appended = Array.from({ length: 4 }, (_, at) =>
        store.append(KEY, 1, {
          events: toTokens(1, at + 1, at + 1),
          messages: [toMessageRecord(`m${at}`, at)],
        }),
      )
      const deleted = store.delete(KEY)
      await Promise.allSettled([...appended, deleted])
      expect(await deleted).toBe(true)
      expect(await countRows(db)).toBe(0)
    }
  })

  it('with thousands of messages is deleted and cleared while others write', async () => {
    const { store, db } = await openPlace()
    await startSession(store, toSessionRecord('other'))
    let seq = 0
    const writeOther = async (): Promise<void> => {
      seq++
      await store.append({ owner: 'ann', id: 'other' }, 1, { events: toTokens(1, seq, seq) })
    }
    for (const end of [
      () => store.delete(KEY),
      () => store.append(KEY, 1, { clear: true }),
      () => store.expire(9e12, 1, ({ id }) => id === 'other'),
    ]) {
      await store.delete(KEY)
      await startSession(store, toSessionRecord('s', { expiresAt: 5 }))
      for (let from = 0; from < 1_500; from += 500)
        await store.append(KEY, 1, {
          messages: Array.from({ length: 500 }, (_, at) =>
            toMessageRecord(`m${from + at}`, from + at, { content: `plum ${from + at}` }),
          ),
        })
      expect((await store.list('ann', { search: 'plum', limit: 5 })).items).toHaveLength(1)
      await Promise.all([end(), writeOther(), writeOther()])
      expect((await store.list('ann', { search: 'plum', limit: 5 })).items).toEqual([])
      expect((await store.messages(KEY, { limit: 5 })).items).toEqual([])
    }
    await store.delete({ owner: 'ann', id: 'other' })
    expect(await countRows(db)).toBe(0)
  })

  it('expires when its time has come, and not before', async () => {
    const { store, db } = await openPlace()
    const create = (id: string, expiresAt: number | null) =>
      store.create(toSessionRecord(id, { expiresAt, keep: expiresAt === null }), 100)
    await create('early', 1_000)
    await create('at', 2_000)
    await create('late', 2_001)
    await create('never', null)
    expect(await store.expire(999, 10, () => false)).toBe(0)
    expect(await store.expire(2_000, 10, () => false)).toBe(2)
    const left = (await store.list('ann', { limit: 10 })).items
    expect(left.map(({ id }) => id)).toEqual(['never', 'late'])
    expect(await store.expire(9e12, 10, () => false)).toBe(1)
    expect(await countRows(db)).toBe(1)
  })

  it('does not expire while it is used, has a run or a queue, or was extended', async () => {
    const { store } = await openPlace()
    for (const id of ['used', 'run', 'queue', 'extended', 'idle'])
      await startSession(store, toSessionRecord(id, { expiresAt: 1_000 }))
    const key = (id: string) => ({ owner: 'ann', id })
    await store.append(key('run'), 1, { runs: [toRunRecord('r')] })
    const queued = { messageId: 'q', place: 1, command: '{}', createdAt: 1 }
    await store.append(key('queue'), 1, { enqueue: [queued] })
    await store.append(key('extended'), 1, { session: { expiresAt: 3_000 } })
    const asked: string[] = []
    const isUsed = ({ owner, id }: { owner: string; id: string }) => {
      asked.push(`${owner} ${id}`)
      return id === 'used'
    }
    expect(await store.expire(2_000, 10, isUsed)).toBe(1)
    expect(asked).toContain('ann used')
    expect(await store.find(key('idle'))).toBeUndefined()
    for (const id of ['used', 'run', 'queue', 'extended'])
      expect(await store.find(key(id)), id).toBeDefined()
    await store.append(key('run'), 1, { runs: [toRunRecord('r', { status: 'interrupted' })] })
    await store.append(key('queue'), 1, { dequeue: ['q'] })
    expect(await store.expire(2_000, 10, () => false)).toBe(3)
  })

  it('is left if it is opened while others expire', async () => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('s', { expiresAt: 1_000 }))
    let opening: Promise<unknown> | undefined
    const isUsed = () => {
      opening = store.open(KEY)
      return false
    }
    expect(await store.expire(2_000, 10, isUsed)).toBe(0)
    expect(await opening).toMatchObject({ epoch: 2 })
  })

  it('expires in batches, also behind many that are used', async () => {
    const { store } = await openPlace()
    for (let at = 0; at < 450; at++)
      await store.create(
        toSessionRecord(`s${String(at).padStart(3, '0')}`, { expiresAt: 5 }),
        1_000,
      )
    const isUsed = ({ id }: { id: string }) => id < 's430'
    expect(await store.expire(10, 15, isUsed)).toBe(15)
    expect(await store.expire(10, 15, isUsed)).toBe(5)
    expect(await store.expire(10, 15, isUsed)).toBe(0)
    expect(await store.expire(10, 15, () => false)).toBe(15)
  })
})

describe(`a session in ${under.kind} that two processes use`, () => {
  it('is deleted with what the other one appends at the same time', async () => {
    const place = await under.place()
    const one = await openAgain(under, place)
    const two = await openAgain(under, place)
    for (let round = 0; round < 20; round++) {
      await startSession(one.store, toSessionRecord('s'))
      const appended = Array.from({ length: 6 }, (_, at) =>
        one.store.append(KEY, 1, {
          events: toTokens(1, at + 1, at + 1),
          messages: [toMessageRecord(`m${at}`, at)],
        }),
      )
      const settled = Promise.allSettled(appended)
      await appended[round % 3]
      expect(await two.store.delete(KEY)).toBe(true)
      for (const { reason } of (await settled).filter((result) => result.status === 'rejected'))
        expect(reason).toMatchObject({ code: 'conflict' })
      expect(await countRows(one.db)).toBe(0)
    }
  })
})

/** A word that nothing else has. */
const toSecret = (at: number, what: string): string =>
  `zq${what}${((at + 1) * 7_919).toString(36)}x${((at + 1) * 104_729).toString(36)}qz`

const SESSIONS = 60

describe(`the words of deleted sessions in ${under.kind}`, () => {
  const fillAndDelete = async () => {
    const place = await under.place()
    const { store, db, rows } = await openAgain(under, place)
    const keyOf = (at: number) => ({ owner: `owner${at % 3}`, id: `s${at}` })
    const wordsOf = (at: number) =>
      ['title', 'old', 'text', 'event', 'run', 'queue'].map((what) => toSecret(at, what))
    for (let at = 0; at < SESSIONS; at++) {
      const [title = '', old = '', text = '', event = '', run = '', queue = ''] = wordsOf(at)
      const key = keyOf(at)
      await startSession(store, toSessionRecord(key.id, { owner: key.owner, title }))
      const filler = `common words of session ${at} `.repeat(at % 7 === 0 ? 300 : 10)
      await store.append(key, 1, {
        events: toTokens(1, 1, 20, event),
        messages: [toMessageRecord('m', 1, { content: `${old} ${filler}` })],
        runs: [toRunRecord('r', { prompt: run })],
        enqueue: [{ messageId: 'q', place: 1, command: queue, createdAt: 1 }],
      })
      await store.append(key, 1, {
        messages: [toMessageRecord('m', 1, { content: `${text} ${filler} ${text}` })],
      })
    }
    const deleted = Array.from({ length: SESSIONS }, (_, at) => at).filter((at) => at % 4 !== 0)
    for (const at of deleted) await store.delete(keyOf(at))
    const gone = deleted.flatMap(wordsOf)
    // What was replaced is gone as well.
    const kept = [0, 4, 8].flatMap((at) => wordsOf(at).filter((_, which) => which !== 1))
    return {
      place,
      store,
      db,
      rows,
      gone,
      kept,
      replaced: [0, 4, 8].map((at) => toSecret(at, 'old')),
    }
  }

  it.runIf(under.kind === 'sqlite')(
    'are not in the file a moment later, nor in its journal',
    async () => {
      const { place, gone, kept, replaced } = await fillAndDelete()
      const path = `${place.folder}/sluice.db`
      const bytesNow = () =>
        [path, `${path}-wal`]
          .filter((file) => existsSync(file))
          .map((file) => readFileSync(file, 'latin1'))
          .join('')
      const left = () => {
        const bytes = bytesNow()
        return [...gone, ...replaced].filter((word) => bytes.includes(word))
      }
      await expect.poll(left).toEqual([])
      const bytes = bytesNow()
      expect(kept.filter((word) => !bytes.includes(word))).toEqual([])
    },
  )

  it.runIf(under.kind === 'sqlite')('leave an index that finds the others', async () => {
    const { store, db, kept } = await fillAndDelete()
    await sql`insert into session_words (session_words, rank) values ('integrity-check', 1)`.execute(
      db,
    )
    const found = await store.list('owner0', { search: kept[0] ?? '', limit: 5 })
    expect(found.items).toHaveLength(1)
  })

  it.runIf(under.kind === 'postgres')('are in no table', async () => {
    const { db, gone, kept } = await fillAndDelete()
    const texts: string[] = []
    for (const table of TABLES) {
      const { rows } = await sql<{ row: string }>`
        select cast(each as text) as row from ${sql.table(table)} as each`.execute(db)
      texts.push(...rows.map(({ row }) => row))
    }
    const all = texts.join('\n')
    expect(gone.filter((word) => all.includes(word))).toEqual([])
    expect(kept.filter((word) => !all.includes(word))).toEqual([])
  })
})
