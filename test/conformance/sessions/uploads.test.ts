/** Uploads in every store: found when they are complete, kept with the sessions that use them, and gone without a trace. */
import { existsSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { PIECE_BYTES } from '../../../src/chat/sessions/uploads/upload-store.ts'
import type { SessionStore, UploadRecord } from '#chat'
import type { RowStore } from '#stores'
import {
  startSession,
  toMessageRecord,
  toSessionRecord,
} from '../../tools/chat/sessions/session-records.ts'
import { openAgain, useSessionPlaces } from '../../tools/chat/sessions/sessions-under-test.ts'

const { under, places } = useSessionPlaces()

const MOST = { count: 3, bytes: 1_000 }
const KEY = { owner: 'ann', id: 's' }

const toUpload = (id: string, changed: Partial<UploadRecord> = {}): UploadRecord => ({
  owner: 'ann',
  id,
  name: 'a\0\ud800.png',
  type: 'image/png',
  bytes: 300,
  sha256: 'abc',
  createdAt: 1_000_000,
  expiresAt: 1_000_500,
  ...changed,
})

const add = async (
  { uploads }: SessionStore,
  upload: UploadRecord,
  pieces: readonly Uint8Array[] = [Buffer.from('some bytes')],
): Promise<UploadRecord> => {
  await uploads.begin(upload, MOST)
  for (const [place, piece] of pieces.entries()) await uploads.addPiece(upload, place, piece)
  await uploads.complete(upload)
  return upload
}

const countUploads = async (db: RowStore['db']): Promise<number> => {
  let sum = 0
  for (const table of ['uploads', 'upload_pieces', 'session_uploads']) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from ${sql.table(table)}`.execute(db)
    sum += Number(rows[0]?.count ?? 0)
  }
  return sum
}

const idsOf = async ({ uploads }: SessionStore, ids: readonly string[], owner = 'ann') =>
  (await uploads.find(owner, ids)).map(({ id }) => id).toSorted()

describe.each(places)('an upload in %s', (_name, openPlace) => {
  it('is found by its owner when it is complete, and comes back as it was', async () => {
    const { store } = await openPlace()
    const { uploads } = store
    const upload = toUpload('u')
    const pieces = [Buffer.alloc(PIECE_BYTES, 7), Buffer.from([0, 255, 128, 10])]
    await uploads.begin(upload, MOST)
    await uploads.addPiece(upload, 0, pieces[0] ?? Buffer.alloc(0))
    expect(await idsOf(store, ['u'])).toEqual([])
    await uploads.addPiece(upload, 1, pieces[1] ?? Buffer.alloc(0))
    await uploads.complete(upload)
    expect(await uploads.find('ann', ['u', 'x'])).toEqual([upload])
    expect(await uploads.find('ann', [])).toEqual([])
    expect(await idsOf(store, ['u'], 'ben')).toEqual([])
    expect(Buffer.from((await uploads.piece(upload, 0)) ?? [])).toEqual(pieces[0])
    expect(Buffer.from((await uploads.piece(upload, 1)) ?? [])).toEqual(pieces[1])
    expect(await uploads.piece(upload, 2)).toBeUndefined()
    expect(await uploads.piece({ owner: 'ben', id: 'u' }, 0)).toBeUndefined()
  })

  it('is refused if its owner has too many, or too many bytes', async () => {
    const { store } = await openPlace()
    const code = { code: 'rate_limited', vendorCode: 'too_many_uploads' }
    await add(store, toUpload('a', { bytes: 900 }))
    await expect(add(store, toUpload('b', { bytes: 101 }))).rejects.toMatchObject(code)
    await add(store, toUpload('b', { bytes: 50 }))
    await add(store, toUpload('c', { bytes: 50 }))
    await expect(add(store, toUpload('d', { bytes: 0 }))).rejects.toMatchObject(code)
    await add(store, toUpload('d', { owner: 'ben' }))
    await store.uploads.delete(toUpload('a'))
    await add(store, toUpload('d'))
  })

  it('counts with what it may have until it is complete, also among several at once', async () => {
    const { store } = await openPlace()
    const begun = await Promise.allSettled(
      Array.from({ length: 6 }, (_, at) =>
        store.uploads.begin(toUpload(`u${at}`, { bytes: 500 }), MOST),
      ),
    )
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  })

  it('that nobody uses is gone when its time has come, complete or not', async () => {
    const { store, db, setNow } = await openPlace()
    await add(store, toUpload('a'), [Buffer.from('x'), Buffer.from('y')])
    await store.uploads.begin(toUpload('b'), MOST)
    await store.uploads.addPiece(toUpload('b'), 0, Buffer.from('x'))
    setNow(1_000_499)
    await store.uploads.expire()
    expect(await idsOf(store, ['a'])).toEqual(['a'])
    setNow(1_000_500)
    expect(await idsOf(store, ['a'])).toEqual([])
    await startSession(store, toSessionRecord('s'))
    expect(await store.uploads.use(KEY, ['a'])).toBe(false)
    await store.uploads.expire()
    expect(await countUploads(db)).toBe(0)
    await expect(store.uploads.complete(toUpload('b'))).rejects.toMatchObject({ code: 'conflict' })
    await store.uploads.addPiece(toUpload('b'), 1, Buffer.from('x'))
    expect(await countUploads(db)).toBe(0)
  })

  it('that a session uses lives as long as it', async () => {
    const { store, db, setNow } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await add(store, toUpload('a'))
    await add(store, toUpload('b'))
    expect(await store.uploads.use(KEY, ['a', 'a'])).toBe(true)
    setNow(9e12)
    await store.uploads.expire()
    expect(await store.uploads.find('ann', ['a', 'b'])).toEqual([
      toUpload('a', { expiresAt: null }),
    ])
    expect(await store.uploads.use(KEY, ['a'])).toBe(true)
    await store.delete(KEY)
    expect(await countUploads(db)).toBe(0)
  })

  it('that two sessions use is gone with the second', async () => {
    const { store, db } = await openPlace()
    const other = { owner: 'ann', id: 'other' }
    await startSession(store, toSessionRecord('s', { expiresAt: 5 }))
    await startSession(store, toSessionRecord('other'))
    await add(store, toUpload('a'))
    await store.uploads.use(KEY, ['a'])
    await store.uploads.use(other, ['a'])
    expect(await store.expire(10, 5, () => false)).toBe(1)
    expect(await idsOf(store, ['a'])).toEqual(['a'])
    await store.append(other, 1, { clear: true })
    expect(await countUploads(db)).toBe(0)
  })

  it('is used with all others or not at all, by a session of its owner that is there', async () => {
    const { store, setNow } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await startSession(store, toSessionRecord('s', { owner: 'ben' }))
    await add(store, toUpload('a'))
    expect(await store.uploads.use(KEY, ['a', 'x'])).toBe(false)
    expect(await store.uploads.use({ owner: 'ben', id: 's' }, ['a'])).toBe(false)
    expect(await store.uploads.use({ owner: 'ann', id: 'x' }, ['a'])).toBe(false)
    setNow(9e12)
    expect(await idsOf(store, ['a'])).toEqual([])
  })

  it('may be deleted although it is used, with all of many pieces', async () => {
    const { store, db } = await openPlace()
    await startSession(store, toSessionRecord('s'))
    await add(
      store,
      toUpload('a'),
      Array.from({ length: 40 }, (_, at) => Buffer.from([at])),
    )
    await store.uploads.use(KEY, ['a'])
    expect(await store.uploads.delete({ owner: 'ben', id: 'a' })).toBe(false)
    expect(await store.uploads.delete(KEY)).toBe(false)
    expect(await store.uploads.delete(toUpload('a'))).toBe(true)
    expect(await store.uploads.delete(toUpload('a'))).toBe(false)
    expect(await countUploads(db)).toBe(0)
  })

  it('is not left behind by a session that is deleted while it is used', async () => {
    const { store, db } = await openPlace()
    for (let round = 0; round < 10; round++) {
      await startSession(store, toSessionRecord('s'))
      await add(store, toUpload('a'))
      const [isUsed] = await Promise.all([store.uploads.use(KEY, ['a']), store.delete(KEY)])
      if (!isUsed) await store.uploads.delete(toUpload('a'))
      await store.uploads.expire()
      expect(await countUploads(db)).toBe(0)
    }
  })
})

describe('uploads in memory', () => {
  it('leave room for sessions', async () => {
    const [, openPlace] = places[0] ?? []
    const store = (await openPlace?.())?.store
    const most = { count: 100, bytes: 1e12 }
    const bytes = 100 * 1024 * 1024
    await store?.uploads.begin(toUpload('a', { bytes }), most)
    await expect(
      store?.uploads.begin(toUpload('b', { bytes, owner: 'ben' }), most),
    ).rejects.toMatchObject({ code: 'at_capacity' })
  })
})

describe(`the bytes of deleted uploads in ${under.kind}`, () => {
  it.runIf(under.kind === 'sqlite')(
    'are not in the file a moment later, nor in its journal',
    async () => {
      const place = await under.place()
      const { store } = await openAgain(under, place)
      const most = { count: 100, bytes: 1e9 }
      const wordOf = (at: number) => `zq${((at + 1) * 7_919).toString(36)}upload${at}qz`
      const write = async (at: number): Promise<UploadRecord> => {
        const upload = toUpload(`u${at}`, { name: `${wordOf(at)}.png` })
        await store.uploads.begin(upload, most)
        for (let piece = 0; piece < 3; piece++)
          await store.uploads.addPiece(upload, piece, Buffer.from(`${wordOf(at)} `.repeat(4_000)))
        await store.uploads.complete(upload)
        return upload
      }
      for (let at = 0; at < 8; at++) {
        const key = { owner: 'ann', id: `s${at}` }
        await startSession(store, toSessionRecord(key.id))
        await store.uploads.use(key, [(await write(at)).id])
        await store.append(key, 1, { messages: [toMessageRecord('m', 1)] })
      }
      const kept = await write(8)
      for (let at = 0; at < 4; at++) await store.delete({ owner: 'ann', id: `s${at}` })
      await store.append({ owner: 'ann', id: 's4' }, 1, { clear: true })
      await store.append({ owner: 'ann', id: 's5' }, 1, { clear: true })
      for (const at of [6, 7]) await store.uploads.delete(toUpload(`u${at}`))
      const path = `${place.folder}/sluice.db`
      const bytesNow = () =>
        [path, `${path}-wal`]
          .filter((file) => existsSync(file))
          .map((file) => readFileSync(file, 'latin1'))
          .join('')
      const left = () => {
        const bytes = bytesNow()
        return Array.from({ length: 8 }, (_, at) => wordOf(at)).filter((word) =>
          bytes.includes(word),
        )
      }
      await expect.poll(left, { timeout: 15_000 }).toEqual([])
      expect(bytesNow()).toContain(wordOf(8))
      expect(await idsOf(store, [kept.id])).toEqual([kept.id])
    },
  )
})
