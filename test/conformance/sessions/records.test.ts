/** The contract of the session store: what is written comes back. */
import { describe, expect, it } from 'vitest'
import type { MessageRecord, RunRecord, SessionRecord } from '#chat'
import {
  startSession,
  toMessageRecord,
  toRunRecord,
  toSessionRecord,
  toTokens,
} from '../../tools/chat/sessions/session-records.ts'
import { openAgain, useSessionPlaces } from '../../tools/chat/sessions/sessions-under-test.ts'
import { writeEarlyRow } from '../../tools/stores/early-row.ts'

const { under, places } = useSessionPlaces()

const KEY = { owner: 'ann', id: 's' }

describe.each(places)('sessions in %s', (_name, openPlace) => {
  it('come back as they were created, and only to their owner', async () => {
    const { store } = await openPlace()
    const session: SessionRecord = toSessionRecord('s', {
      title: 'A "title"',
      titledBy: 'first_line',
      systemPrompt: 'Be brief.',
      model: 'openai/gpt',
      settings: { temperature: 0.5, whenBusy: 'reject' },
      metadata: { nested: { list: [1, null, 'x'] } },
      head: 'm1',
      expiresAt: null,
      keep: true,
    })
    expect(await store.create(session, 10)).toBe(true)
    expect(await store.find(KEY)).toEqual(session)
    expect(await store.find({ owner: 'ben', id: 's' })).toBeUndefined()
    expect(await store.find({ owner: 'ann', id: 'other' })).toBeUndefined()
    expect(await store.open({ owner: 'ben', id: 's' })).toBeUndefined()
  })

  it('are created once, and not beyond the number that an owner may have', async () => {
    const { store } = await openPlace()
    expect(await store.create(toSessionRecord('a'), 2)).toBe(true)
    expect(await store.create(toSessionRecord('a', { title: 'other' }), 2)).toBe(false)
    expect((await store.find({ owner: 'ann', id: 'a' }))?.title).toBe(null)
    expect(await store.create(toSessionRecord('b'), 2)).toBe(true)
    expect(await store.create(toSessionRecord('b'), 2)).toBe(false)
    await expect(store.create(toSessionRecord('c'), 2)).rejects.toMatchObject({
      code: 'rate_limited',
      vendorCode: 'too_many_sessions',
      status: 429,
    })
    expect(await store.create(toSessionRecord('c', { owner: 'ben' }), 2)).toBe(true)
    await store.delete({ owner: 'ann', id: 'a' })
    expect(await store.create(toSessionRecord('c'), 2)).toBe(true)
  })

  it('do not pass the number when many are created at once', async () => {
    const { store } = await openPlace()
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, at) => store.create(toSessionRecord(`s${at}`), 5)),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    expect((await store.list('ann', { limit: 50 })).items).toHaveLength(5)
  })

  it('change by a batch, which leaves what it does not name', async () => {
    const { store } = await openPlace()
    const session = toSessionRecord('s', { title: 'old', model: 'gpt', metadata: { a: 1 } })
    const { epoch } = await startSession(store, session)
    await store.append(KEY, epoch, { session: { title: 'new', titledBy: 'user', activeAt: 5_000 } })
    expect(await store.find(KEY)).toEqual({
      ...session,
      title: 'new',
      titledBy: 'user',
      activeAt: 5_000,
    })
    const nothing = { title: null, model: null, head: null, expiresAt: null, keep: true }
    await store.append(KEY, epoch, { session: nothing })
    expect(await store.find(KEY)).toMatchObject({ ...nothing, metadata: { a: 1 } })
  })

  it('have messages with all that they are, and a later record in place of an earlier one', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const message: MessageRecord = {
      id: 'm1',
      parentId: 'm0',
      place: 7,
      role: 'assistant',
      content: 'ab',
      parts: [
        { kind: 'reasoning', text: 'hm' },
        { kind: 'text', text: 'ab' },
        { kind: 'citation', url: 'https://example.com', start: 0, end: 1 },
      ],
      status: 'cancelled',
      model: 'gpt',
      runId: 'run_a',
      user: 'u',
      createdAt: 1_234,
      costSummary: {
        model: 'gpt',
        total_tokens: 3,
        prompt_tokens: 1,
        completion_tokens: 2,
        cached_tokens: 0,
        cache_write_tokens: 0,
        reasoning_tokens: 1,
        total_cost: null,
        estimated: true,
      },
    }
    const plain = toMessageRecord('m2', 8)
    await store.append(KEY, epoch, { messages: [message, plain] })
    expect(await store.message(KEY, 'm1')).toEqual(message)
    expect(await store.message(KEY, 'm2')).toEqual(plain)
    expect(await store.message({ owner: 'ben', id: 's' }, 'm1')).toBeUndefined()
    const later = { ...message, content: 'abc', status: 'done' as const }
    await store.append(KEY, epoch, { messages: [plain, message, later] })
    expect(await store.message(KEY, 'm1')).toEqual(later)
    expect((await store.messages(KEY, { limit: 10 })).items).toEqual([later, plain])
  })

  it('have runs, the newest first, which keep their order when they change', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const first: RunRecord = toRunRecord('r1', {
      target: 'openai/gpt',
      prompt: '[{"role":"user"}]',
      continues: 'r0',
    })
    await store.append(KEY, epoch, { runs: [first, toRunRecord('r2', { startedAt: 0 })] })
    await store.append(KEY, epoch, { runs: [toRunRecord('r3', { startedAt: -1 })] })
    const ended: RunRecord = {
      ...first,
      status: 'failed',
      endedAt: 2_000,
      finishReason: 'stop',
      error: { message: 'broken', code: 'upstream_failed' },
    }
    await store.append(KEY, epoch, { runs: [ended] })
    expect(await store.run(KEY, 'r1')).toEqual(ended)
    expect((await store.runs(KEY, { limit: 10 })).map(({ id }) => id)).toEqual(['r3', 'r2', 'r1'])
    expect((await store.runs(KEY, { limit: 1 })).map(({ id }) => id)).toEqual(['r3'])
    expect(await store.run(KEY, 'other')).toBeUndefined()
    expect((await store.open(KEY))?.openRuns.map(({ id }) => id)).toEqual(['r2', 'r3'])
  })

  it('have a queue in the order of its places', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const toQueued = (id: string, place: number) => ({
      messageId: id,
      place,
      command: `{"content":"${id}"}`,
      createdAt: 1_000,
    })
    const [a, b, c] = [toQueued('a', 3), toQueued('b', 1), toQueued('c', 2)]
    await store.append(KEY, epoch, { enqueue: [a, b, c] })
    expect((await store.open(KEY))?.queue).toEqual([b, c, a])
    const opened = await store.open(KEY)
    await store.append(KEY, opened?.epoch ?? 0, {
      enqueue: [toQueued('d', 4), toQueued('e', 5)],
      dequeue: ['b', 'd', 'unknown'],
    })
    expect((await store.open(KEY))?.queue.map(({ messageId }) => messageId)).toEqual([
      'c',
      'a',
      'e',
    ])
  })

  it('have events in order, joined ones with what they cover', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const [joined] = toTokens(epoch, 4, 4, 'abcd')
    const first = toTokens(epoch, 1, 3)
    await store.append(KEY, epoch, { events: first })
    const event = { ...joined, seq: 6, from: 4, lengths: [1, 2, 1] } as (typeof first)[number]
    await store.append(KEY, epoch, { events: [event] })
    const opened = await store.open(KEY)
    expect(opened?.events).toEqual([...first, event])
    expect(opened?.lastSeq).toBe(6)
  })

  it('forget the events up to a number, and remember the last one', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    for (const from of [1, 11, 21])
      await store.append(KEY, epoch, { events: toTokens(epoch, from, from + 9) })
    const keptAfter = async (upTo: number) => {
      await store.forget(KEY, upTo)
      const opened = await store.open(KEY)
      expect(opened?.lastSeq).toBe(30)
      return opened?.events.map(({ seq }) => seq)
    }
    expect((await keptAfter(10))?.[0]).toBe(11)
    expect((await keptAfter(15))?.[0]).toBe(16)
    expect((await keptAfter(3))?.[0]).toBe(16)
    expect(await keptAfter(30)).toEqual([])
    await store.forget({ owner: 'ann', id: 'unknown' }, 5)
  })

  it('are cleared before the rest of the batch is written', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    await store.append(KEY, epoch, {
      messages: [toMessageRecord('m1', 1, { clientMessageId: 'c1' }), toMessageRecord('m2', 2)],
      runs: [toRunRecord('r1')],
      enqueue: [{ messageId: 'q', place: 1, command: '{}', createdAt: 1_000 }],
      session: { title: 'apples', head: 'm2' },
    })
    await store.append(KEY, epoch, {
      clear: true,
      messages: [toMessageRecord('m2', 1, { content: 'pears' })],
      session: { head: 'm2' },
    })
    expect((await store.messages(KEY, { limit: 10 })).items.map(({ id }) => id)).toEqual(['m2'])
    expect(await store.runs(KEY, { limit: 10 })).toEqual([])
    expect(await store.findByClientId(KEY, 'c1')).toBeUndefined()
    expect((await store.open(KEY))?.queue).toEqual([])
    const found = async (search: string) =>
      (await store.list('ann', { search, limit: 5 })).items.length
    expect([await found('text'), await found('apples'), await found('pears')]).toEqual([0, 1, 1])
  })
})

describe.each(places)('messages in %s', (_name, openPlace) => {
  it('are paged by their places, whatever their times and the order in which they were written', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const all = Array.from({ length: 100 }, (_, at) =>
      toMessageRecord(`m${at}`, at, { createdAt: (at * 7_919) % 100 }),
    )
    const shuffled = all.toSorted((a, b) => ((a.place * 37) % 101) - ((b.place * 37) % 101))
    for (const message of shuffled) await store.append(KEY, epoch, { messages: [message] })
    const read: MessageRecord[] = []
    let next: string | undefined
    do {
      const page = await store.messages(KEY, {
        limit: 33,
        ...(next !== undefined && { before: Number(next) }),
      })
      read.unshift(...page.items)
      ;({ next } = page)
    } while (next !== undefined)
    expect(read).toEqual(all)
    expect((await store.messages({ owner: 'ben', id: 's' }, { limit: 5 })).items).toEqual([])
  })

  it('are a tree, of which a head names a branch', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const tree = [
      toMessageRecord('q1', 1),
      toMessageRecord('a1', 2, { parentId: 'q1' }),
      toMessageRecord('q2', 3, { parentId: 'a1' }),
      toMessageRecord('a1b', 4, { parentId: 'q1' }),
      toMessageRecord('q3', 5, { parentId: 'a1b' }),
    ]
    await store.append(KEY, epoch, { messages: tree.toReversed() })
    const branch = async (head: string | null, limit = 10) =>
      (await store.branch(KEY, head, limit)).map(({ id }) => id)
    expect(await branch('q2')).toEqual(['q1', 'a1', 'q2'])
    expect(await branch('q3')).toEqual(['q1', 'a1b', 'q3'])
    expect(await branch('q3', 2)).toEqual(['a1b', 'q3'])
    expect(await branch('q3', 0)).toEqual([])
    expect(await branch(null)).toEqual([])
    expect(await branch('unknown')).toEqual([])
    expect(await store.branch({ owner: 'ben', id: 's' }, 'q3', 10)).toEqual([])
  })

  it('whose parents lead in a circle are read until the limit', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    const circle = [
      toMessageRecord('a', 1, { parentId: 'b' }),
      toMessageRecord('b', 2, { parentId: 'a' }),
    ]
    await store.append(KEY, epoch, { messages: circle })
    expect(await store.branch(KEY, 'a', 7)).toHaveLength(7)
  })

  it('of a branch of 10,000 are read in one go', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    for (let from = 0; from < 10_000; from += 1_000)
      await store.append(KEY, epoch, {
        messages: Array.from({ length: 1_000 }, (_, at) => {
          const place = from + at
          return toMessageRecord(`m${place}`, place, {
            parentId: place === 0 ? null : `m${place - 1}`,
          })
        }),
      })
    const newest = await store.branch(KEY, 'm9999', 100)
    expect(newest.map(({ place }) => place)).toEqual(
      Array.from({ length: 100 }, (_, at) => 9_900 + at),
    )
    expect(await store.branch(KEY, 'm9999', 20_000)).toHaveLength(10_000)
  })

  it('are found by the id of their client for 24 hours, queued or not', async () => {
    const { store, setNow } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    setNow(1_000)
    const queued = {
      messageId: 'q',
      place: 1,
      command: '{}',
      clientMessageId: 'c1',
      createdAt: 1_000,
    }
    await store.append(KEY, epoch, { enqueue: [queued] })
    expect(await store.findByClientId(KEY, 'c1')).toEqual({ messageId: 'q' })
    await store.append(KEY, epoch, {
      dequeue: ['q'],
      messages: [toMessageRecord('q', 1, { clientMessageId: 'c1' })],
      runs: [toRunRecord('r1', { parentId: 'q' })],
    })
    await store.append(KEY, epoch, { runs: [toRunRecord('r2', { parentId: 'q', startedAt: 1 })] })
    expect(await store.findByClientId(KEY, 'c1')).toEqual({ messageId: 'q', runId: 'r1' })
    expect(await store.findByClientId(KEY, 'c2')).toBeUndefined()
    expect(await store.findByClientId({ owner: 'ben', id: 's' }, 'c1')).toBeUndefined()
    setNow(1_000 + 86_400_000)
    expect(await store.findByClientId(KEY, 'c1')).toBeUndefined()
    await store.append(KEY, epoch, {
      messages: [toMessageRecord('again', 9, { clientMessageId: 'c1', createdAt: 86_400_000 })],
    })
    expect(await store.findByClientId(KEY, 'c1')).toEqual({ messageId: 'again' })
  })
})

describe(`a database of an earlier version in ${under.kind}`, () => {
  it('takes sessions, and keeps what it has', async () => {
    const place = await under.place()
    await writeEarlyRow(place)
    const { store, db } = await openAgain(under, place)
    await startSession(store, toSessionRecord('s', { title: 'apple' }))
    await store.append(KEY, 1, { messages: [toMessageRecord('m', 1)] })
    expect((await store.list('ann', { search: 'apple', limit: 5 })).items).toHaveLength(1)
    expect(await db.selectFrom('ledger').select('id').execute()).toEqual([{ id: 'a' }])
  })
})

describe.each(places)('the costs of runs in %s', (_name, openPlace) => {
  const MODELS = ['m', 'odd\0\ud83d']
  const toCosts = (model: string, tokens: number, cost: number | null) => ({
    model,
    total_tokens: 3 * tokens,
    prompt_tokens: tokens,
    completion_tokens: 2 * tokens,
    cached_tokens: tokens,
    cache_write_tokens: 0,
    reasoning_tokens: 1,
    total_cost: cost,
    estimated: false,
  })

  const fill = async ({ store }: Awaited<ReturnType<typeof openPlace>>) => {
    const at = async (owner: string, id: string, runs: readonly RunRecord[]) => {
      const { epoch } = await startSession(store, toSessionRecord(id, { owner }))
      await store.append({ owner, id }, epoch, { runs })
    }
    const run = (id: string, startedAt: number, costSummary?: RunRecord['costSummary']) =>
      toRunRecord(id, {
        startedAt,
        ...(costSummary && { costSummary, status: 'done' as const }),
        prompt: 'a\0b',
      })
    await at('ann', 'one', [
      run('r1', 10, toCosts('m', 5, 0.1)),
      run('r2', 20, { ...toCosts('m', 1, 0.2), estimated: true }),
      run('r3', 30),
    ])
    await at('ann', 'two', [
      run('r1', 40, toCosts(MODELS[1] ?? '', 7, null)),
      run('r2', 50, toCosts(MODELS[1] ?? '', 7, 1)),
    ])
    await at('ben', 'one', [run('r1', 10, toCosts('m', 5, 9))])
    return store
  }

  const M = {
    ...toCosts('m', 6, 0.3),
    reasoning_tokens: 2,
    estimated: true,
    runs: 2,
  }
  const ODD = { ...toCosts(MODELS[1] ?? '', 14, null), reasoning_tokens: 2, runs: 2 }

  it('are added up by model, and are exact', async () => {
    const store = await fill(await openPlace())
    const all = await store.costs('ann', { since: 0 })
    expect(all.toSorted((a, b) => (a.model < b.model ? -1 : 1))).toEqual([M, ODD])
    expect(await store.costs('ann', { sessionId: 'one', since: 0 })).toEqual([M])
    expect(await store.costs('ann', { since: 45 })).toEqual([
      { ...toCosts(MODELS[1] ?? '', 7, 1), runs: 1 },
    ])
    expect(await store.costs('eve', { since: 0 })).toEqual([])
  })

  it('count runs that ended in an earlier version', async () => {
    const place = await openPlace()
    const store = await fill(place)
    await place.db
      .updateTable('session_runs')
      .set({ started_at: null, cost_model: null, cost_pico: null })
      .where('owner', '=', 'ann')
      .execute()
    const all = await store.costs('ann', { since: 0 })
    expect(all.toSorted((a, b) => (a.model < b.model ? -1 : 1))).toEqual([M, ODD])
    expect(await store.costs('ann', { sessionId: 'one', since: 15 })).toMatchObject([
      { model: 'm', runs: 1, total_cost: 0.2 },
    ])
  })

  it('are changed with their run, and go with it', async () => {
    const { store } = await openPlace()
    const { epoch } = await startSession(store, toSessionRecord('s'))
    await store.append(KEY, epoch, { runs: [toRunRecord('r1')] })
    expect(await store.costs('ann', { since: 0 })).toEqual([])
    const costSummary = toCosts('m', 1, 0.5)
    await store.append(KEY, epoch, { runs: [toRunRecord('r1', { status: 'done', costSummary })] })
    expect(await store.costs('ann', { since: 0 })).toEqual([{ ...costSummary, runs: 1 }])
    await store.append(KEY, epoch, { clear: true })
    expect(await store.costs('ann', { since: 0 })).toEqual([])
  })
})
