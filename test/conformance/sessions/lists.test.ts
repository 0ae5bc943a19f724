/** The contract of the session store: lists, their pages, and search. */
import { assert, asyncProperty, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SessionRecord, SessionStore } from '#chat'
import {
  startSession,
  toMessageRecord,
  toSessionRecord,
} from '../../tools/chat/sessions/session-records.ts'
import { useSessionPlaces } from '../../tools/chat/sessions/sessions-under-test.ts'

const { places } = useSessionPlaces()

const idsOf = (items: readonly SessionRecord[]): string[] => items.map(({ id }) => id)

const readAll = async (
  store: SessionStore,
  limit: number,
  between: () => Promise<void> = async () => undefined,
): Promise<string[]> => {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await store.list('ann', { limit, ...(cursor !== undefined && { cursor }) })
    ids.push(...idsOf(page.items))
    cursor = page.next
    await between()
  } while (cursor !== undefined)
  return ids
}

describe.each(places)('a list of sessions in %s', (_name, openPlace) => {
  it('has the newest activity first, and of one moment every session once', async () => {
    const { store } = await openPlace()
    const ids = ['a', 'A', '_', '.', ':', '-', '10', '9', 'Z', 'z']
    for (const [at, id] of ids.entries())
      await store.create(toSessionRecord(id, { activeAt: at < 3 ? 1_000 : 2_000 }), 100)
    await store.create(toSessionRecord('other', { owner: 'ben' }), 100)
    const byBytes = (some: readonly string[]) => some.toSorted((a, b) => (a < b ? 1 : -1))
    const expected = [...byBytes(ids.slice(3)), ...byBytes(ids.slice(0, 3))]
    for (const limit of [1, 3, 10, 50]) expect(await readAll(store, limit)).toEqual(expected)
    expect(await store.list('nobody', { limit: 5 })).toEqual({ items: [] })
  })

  it('neither loses nor repeats those that stay while others move', async () => {
    const { store } = await openPlace()
    const ids = Array.from({ length: 30 }, (_, at) => `s${String(at).padStart(2, '0')}`)
    for (const [at, id] of ids.entries())
      await startSession(store, toSessionRecord(id, { activeAt: 1_000 - at }))
    let turn = 0
    const read = await readAll(store, 4, async () => {
      // One that was read moves to the front, and one that was not; another one is deleted.
      turn++
      const moved = [ids[turn], ids[29 - turn]]
      for (const id of moved)
        await store.append({ owner: 'ann', id: id ?? '' }, 1, {
          session: { activeAt: 9_000 + turn },
        })
    })
    expect(new Set(read).size).toBe(read.length)
    const stayed = ids.filter((_, at) => at > turn && at < 29 - turn)
    expect(read.filter((id) => stayed.includes(id))).toEqual(stayed)
  })

  it('refuses a cursor that was not given out', async () => {
    const { store } = await openPlace()
    for (const cursor of CURSORS)
      await expect(store.list('ann', { cursor, limit: 5 }), cursor).rejects.toMatchObject({
        code: 'invalid_request',
        param: 'cursor',
      })
  })
})

const CURSORS = [
  '',
  'x',
  '!',
  'e30',
  'bnVsbA',
  Buffer.from('{"a":1,"i":2}').toString('base64url'),
  Buffer.from('{"i":"x","a":1}').toString('base64url'),
  '\0',
  'x'.repeat(10_000),
]

/** What is looked for, and in what. */
const FOUND: readonly (readonly [search: string, text: string])[] = [
  ['apple', 'An apple a day'],
  ['APPLE day', 'An apple a day'],
  ['day apple', 'An apple a day'],
  ['appl', 'An apple a day'],
  ['a da', 'An apple a day'],
  ['creme brulee', 'Crème brûlée'],
  ['CRÈME', 'creme'],
  ['strasse', 'Straße'],
  ['istanbul', 'İstanbul'],
  ['οδος', 'ΟΔΟΣ'],
  ['зелёный', 'ЗЕЛЕНЫЙ чай'],
  ['привет', 'Привет, мир!'],
  ['שלום', 'שָׁלוֹם'],
  ['محمد', 'مُحَمَّد'],
  ['학교', '학교에서 만나요'],
  ['नमस्ते', 'नमस्ते दुनिया'],
  ['東京', '昨日東京へ行きました'],
  ['東', '昨日東京へ行きました'],
  ['京都', '東京都庁'],
  ['都', '東京都'],
  ['東京 ラーメン', '東京で食べたラーメン'],
  ['ラーメン', '東京で食べたラーメン'],
  ['ﾗｰﾒﾝ', '東京で食べたラーメン'],
  ['がく', '音がくを聞く'],
  ['今天天气', '你好，今天天气怎么样？'],
  ['天气', '你好，今天天气怎么样？'],
  ['สวัสดี', 'เขาพูดว่าสวัสดีครับ'],
  ['iPhone15の', '新しいiPhone15の価格'],
  ['价格 iphone', 'iPhone的价格'],
  ['🙂', 'Thanks 🙂!'],
  ['𠮷野', '𠮷野家'],
  ["don't", 'Don’t panic'],
  ['foo-bar', 'foo bar'],
  ['foo bar', 'see foo-bar.baz'],
  ['3.14', 'pi is 3.14159'],
  ['snake_case', 'a snake_case name'],
  ['x@example.com', 'mail x@example.com now'],
  ['"apple', 'An apple a day'],
  ['apple*', 'An apple a day'],
  ['* apple', 'An apple a day'],
  ['-apple', 'An apple a day'],
  ['(apple)', 'An apple a day'],
  ['words:apple', 'words apple'],
  ['NEAR', 'come near'],
  ['a NEAR b', 'a near b'],
  ['not', 'to be or not to be'],
  ['and or', 'this and that or those'],
  ['apple\0', 'An apple a day'],
  ['ﬁne', 'fine'],
  ['x'.repeat(100), 'x'.repeat(100)],
]

const NOT_FOUND: readonly (readonly [search: string, text: string])[] = [
  ['pple', 'An apple a day'],
  ['app day', 'An apple a day'],
  ['apples', 'An apple a day'],
  ['京東', '東京'],
  ['***', 'An apple *** a day'],
  ['"" OR apple', 'An apple a day'],
  ['東西', '東京の西'],
]

describe.each(places)('a search in %s', (_name, openPlace) => {
  const withText = async (text: string) => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('message'))
    await store.append({ owner: 'ann', id: 'message' }, 1, {
      messages: [toMessageRecord('m', 1, { content: text })],
    })
    await store.create(toSessionRecord('title', { title: text }), 10)
    await store.create(toSessionRecord('neither', { title: 'Zzz' }), 10)
    return store
  }
  const search = async (store: SessionStore, words: string, owner = 'ann') =>
    idsOf((await store.list(owner, { search: words, limit: 50 })).items).toSorted()

  it('finds words, in titles and in messages', async () => {
    const { store } = await openPlace()
    for (const [at, [, text]] of FOUND.entries()) {
      await startSession(store, toSessionRecord(`message${at}`))
      await store.append({ owner: 'ann', id: `message${at}` }, 1, {
        messages: [toMessageRecord('m', 1, { content: text })],
      })
      await store.create(toSessionRecord(`title${at}`, { title: text }), 1_000)
    }
    for (const [at, [words]] of FOUND.entries()) {
      const found = await search(store, words)
      expect(found, words).toContain(`message${at}`)
      expect(found, words).toContain(`title${at}`)
    }
  })

  it('finds nothing else', async () => {
    const { store } = await openPlace()
    for (const [at, [words, text]] of NOT_FOUND.entries()) {
      await store.create(toSessionRecord('s', { owner: `owner${at}`, title: text }), 10)
      expect(await search(store, words, `owner${at}`), words).toEqual([])
    }
  })

  it('finds words of which one is in the title and another in a message', async () => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('s', { title: 'Tokyo' }))
    await store.append({ owner: 'ann', id: 's' }, 1, {
      messages: [toMessageRecord('m', 1, { content: 'A hotel, please' })],
    })
    expect(await search(store, 'tokyo hotel')).toEqual(['s'])
    expect(await search(store, 'tokyo hostel')).toEqual([])
  })

  it('finds a message by its latest text, and an answer when it has ended', async () => {
    const { store } = await openPlace()
    const key = { owner: 'ann', id: 's' }
    await startSession(store, toSessionRecord('s', { title: 'old title' }))
    const growing = toMessageRecord('m', 1, { content: 'apples', status: 'running' })
    await store.append(key, 1, { messages: [growing] })
    expect(await search(store, 'apples')).toEqual([])
    await store.append(key, 1, { messages: [{ ...growing, status: 'cancelled' }] })
    expect(await search(store, 'apples')).toEqual(['s'])
    await store.append(key, 1, { messages: [toMessageRecord('m', 1, { content: 'pears' })] })
    expect([await search(store, 'apples'), await search(store, 'pears')]).toEqual([[], ['s']])
    await store.append(key, 1, { session: { title: 'new name' } })
    expect([await search(store, 'title'), await search(store, 'name')]).toEqual([[], ['s']])
    await store.append(key, 1, { session: { title: null } })
    expect(await search(store, 'name')).toEqual([])
  })

  it('never finds what is another owner’s', async () => {
    const store = await withText('An apple a day')
    expect(await search(store, 'apple', 'ben')).toEqual([])
    await store.create(toSessionRecord('bens', { owner: 'ben', title: 'apple' }), 10)
    expect(await search(store, 'apple', 'ben')).toEqual(['bens'])
    expect(await search(store, 'apple')).toEqual(['message', 'title'])
  })

  it('without a word lists all sessions', async () => {
    const store = await withText('An apple a day')
    expect(await search(store, ' \n')).toEqual(['message', 'neither', 'title'])
  })

  it('has pages', async () => {
    const { store } = await openPlace()
    for (let at = 0; at < 9; at++)
      await store.create(toSessionRecord(`s${at}`, { title: at % 2 ? 'pear' : 'apple' }), 100)
    const first = await store.list('ann', { search: 'apple', limit: 3 })
    const rest = await store.list('ann', { search: 'apple', limit: 3, cursor: first.next ?? '' })
    expect([idsOf(first.items), idsOf(rest.items)]).toEqual([
      ['s8', 's6', 's4'],
      ['s2', 's0'],
    ])
    expect(rest.next).toBeUndefined()
  })

  it('takes any text for plain words, and finds a text by each of its words', async () => {
    const { store } = await openPlace()
    let at = 0
    await assert(
      asyncProperty(string({ unit: 'binary', maxLength: 40 }), async (text) => {
        const id = `s${at++}`
        await store.create(toSessionRecord(id, { title: text }), 10_000)
        const found = await search(store, text)
        // A text without letters has no words.
        const hasLetters = /[\p{L}\p{N}]/u.test(text.normalize('NFKD'))
        if (hasLetters) expect(found).toContain(id)
      }),
      { numRuns: 200 },
    )
  })
})
