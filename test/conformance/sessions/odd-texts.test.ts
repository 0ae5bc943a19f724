/** The contract of the session store: ids and texts that a database might refuse, cut or change. */
import { assert, asyncProperty, string } from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { PATIENCE_MS } from '../../tools/app/within.ts'
import {
  startSession,
  toMessageRecord,
  toRunRecord,
  toSessionRecord,
  toTokens,
} from '../../tools/chat/sessions/session-records.ts'
import { useSessionPlaces } from '../../tools/chat/sessions/sessions-under-test.ts'

const { places } = useSessionPlaces()

const TEXTS = [
  ['a NUL', 'a\0b'],
  ['half a surrogate pair', 'a\ud83d'],
  ['the other half', '\ude42b'],
  ['emoji', '👩‍👩‍👧‍👦🙂'],
  ['quotes', `'"\`\\; drop table sessions; --`],
  ['control characters', '\u0001\u001f\u007f\u0085\u2028\ufeff\uffff'],
  ['nothing', ''],
  ['256 KB', 'wörd 漢字 '.repeat(18_000)],
  ['256 KB without a space', 'x'.repeat(262_144)],
  ['256 KB of a script without spaces', '漢字仮名交じり文'.repeat(11_000)],
] as const

describe.each(places)('a text in %s', (_name, openPlace) => {
  it('comes back as it was', async () => {
    const { store } = await openPlace()
    for (const [at, [what, text]] of TEXTS.entries()) {
      const key = { owner: `owner${at}`, id: 's' }
      const session = toSessionRecord('s', {
        owner: key.owner,
        title: text.slice(0, 200),
        systemPrompt: text,
        model: text.slice(0, 50),
        metadata: { [text.slice(0, 50)]: text },
      })
      const { epoch } = await startSession(store, session)
      const message = toMessageRecord('m', 1, { content: text, user: text })
      const run = toRunRecord('r', { prompt: text, finishReason: text })
      const queued = { messageId: 'q', place: 1, command: text, createdAt: 1 }
      const events = toTokens(epoch, 1, 2, text)
      const batch = { events, messages: [message], runs: [run], enqueue: [queued] }
      await store.append(key, epoch, batch)
      const alone = toTokens(epoch, 3, 3, text)
      await store.append(key, epoch, { events: alone })
      expect(await store.find(key), what).toEqual(session)
      expect(await store.message(key, 'm'), what).toEqual(message)
      const opened = await store.open(key)
      expect(opened?.events, what).toEqual([...events, ...alone])
      expect(opened, what).toMatchObject({ openRuns: [run], queue: [queued] })
      const found = await store.list(key.owner, { search: text, limit: 5 })
      expect(found.items.length, what).toBeLessThanOrEqual(1)
    }
  })

  it('of many different words is found by its last one', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const words = Array.from({ length: 30_000 }, (_, at) => `w${at.toString(36)}`)
    const content = `${words.join(' ')} needle`
    const key = { owner: 'ann', id: 's' }
    await store.append(key, epoch, { messages: [toMessageRecord('m', 1, { content })] })
    expect((await store.list('ann', { search: 'needle', limit: 5 })).items).toHaveLength(1)
  })

  it('may have more words than a database takes', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const content = Array.from({ length: 100_000 }, (_, at) => `w${at}`).join(' ')
    const key = { owner: 'ann', id: 's' }
    // On a busy machine, so much may take longer than is waited for. The same batch may be sent again.
    await vi.waitFor(
      () => store.append(key, epoch, { messages: [toMessageRecord('m', 1, { content })] }),
      { timeout: PATIENCE_MS, interval: 100 },
    )
    expect(await store.message(key, 'm')).toMatchObject({ content })
    expect((await store.list('ann', { search: 'w7', limit: 5 })).items).toHaveLength(1)
  })

  it('in a property of the metadata keeps its name', async () => {
    const { store } = await openPlace()
    const metadata = JSON.parse('{"__proto__": {"admin": true}, "constructor": 1}') as object
    await store.create(toSessionRecord('s', { metadata }), 10)
    const found = await store.find({ owner: 'ann', id: 's' })
    expect(JSON.stringify(found?.metadata)).toBe(JSON.stringify(metadata))
  })
})

const IDS = [
  '__proto__',
  'constructor',
  '..',
  '.',
  'a:b.c-d_e',
  'sha',
  'x'.repeat(128),
  "a'b",
  'null',
  '0',
]

const ODD = ['', 'a\0b', '\ud83d', '\ud83d\ude42', 'x'.repeat(10_000), 'ä', 'sha256:abc']

describe.each(places)('an id in %s', (_name, openPlace) => {
  it('may be one that means something elsewhere', async () => {
    const { store } = await openPlace()
    for (const id of IDS) {
      const key = { owner: 'ann', id }
      await startSession(store, toSessionRecord(id, { title: 'here' }))
      await store.append(key, 1, {
        messages: [toMessageRecord(id, 1, { clientMessageId: id })],
        runs: [toRunRecord(id, { parentId: id })],
        events: toTokens(1, 1, 1),
      })
      expect(await store.findByClientId(key, id)).toEqual({ messageId: id, runId: id })
      expect(await store.branch(key, id, 5), id).toHaveLength(1)
      expect((await store.list('ann', { search: 'here', limit: 5 })).items[0]?.id).toBe(id)
      expect(await store.unfinished(5)).toEqual([key])
      expect(await store.delete(key)).toBe(true)
      expect(await store.find(key), id).toBeUndefined()
    }
  })

  it('of a session cannot be any text, and nothing is found under another one', async () => {
    const { store } = await openPlace()
    for (const id of ['', 'a\0b', '\ud83d', 'x'.repeat(10_000), 'ä', 'sha256:abc']) {
      const key = { owner: 'ann', id }
      await expect(store.create(toSessionRecord(id), 10), id).rejects.toMatchObject({
        code: 'invalid_request',
        param: 'session_id',
      })
      expect(await store.find(key)).toBeUndefined()
      expect(await store.open(key)).toBeUndefined()
      expect(await store.delete(key)).toBe(false)
      expect(await store.branch(key, id, 5)).toEqual([])
      await expect(store.append(key, 1, {})).rejects.toMatchObject({ code: 'conflict' })
    }
  })

  it('of an owner, a message or a run may be any text', async () => {
    const { store } = await openPlace()
    for (const odd of ODD) {
      const key = { owner: odd, id: 's' }
      const other = { owner: `${odd}.`, id: 's' }
      await startSession(store, toSessionRecord('s', { owner: odd }))
      await startSession(store, toSessionRecord('s', { owner: other.owner }))
      const message = toMessageRecord(odd, 1, { clientMessageId: odd, parentId: `${odd}!` })
      await store.append(key, 1, {
        messages: [message, toMessageRecord(`${odd}!`, 0)],
        runs: [toRunRecord(odd, { parentId: odd })],
        enqueue: [{ messageId: `${odd}?`, place: 2, command: '', createdAt: 1 }],
      })
      await store.append(key, 1, { events: toTokens(1, 1, 1) })
      expect(await store.find(key)).toMatchObject(key)
      expect(await store.message(key, odd)).toEqual(message)
      expect((await store.branch(key, odd, 5)).map(({ place }) => place)).toEqual([0, 1])
      expect(await store.findByClientId(key, odd)).toEqual({ messageId: odd, runId: odd })
      expect(await store.run(key, odd)).toMatchObject({ id: odd })
      expect(await store.unfinished(5)).toEqual([key])
      await store.append(key, 1, { dequeue: [`${odd}?`] })
      expect(await store.open(key)).toMatchObject({ queue: [], lastSeq: 1 })
      expect(await store.messages(other, { limit: 5 })).toEqual({ items: [] })
      expect((await store.list(odd, { limit: 5 })).items).toHaveLength(1)
      await store.delete(key)
      await store.delete(other)
    }
  })

  it('of anything never finds what is not its own', async () => {
    const { store } = await openPlace()
    await startSession(store, toSessionRecord('s', { title: 'secret' }))
    await store.append({ owner: 'ann', id: 's' }, 1, { messages: [toMessageRecord('m', 1)] })
    await assert(
      asyncProperty(string({ unit: 'binary', maxLength: 30 }), async (text) => {
        if (text === 'ann') return
        const key = { owner: text, id: 's' }
        expect(await store.find(key)).toBeUndefined()
        expect(await store.message(key, 'm')).toBeUndefined()
        expect((await store.list(text, { search: 'secret', limit: 5 })).items).toEqual([])
      }),
      { numRuns: 50 },
    )
  })
})
