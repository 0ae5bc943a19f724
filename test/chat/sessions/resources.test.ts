/** The answers of the routes about sessions. */
import { describe, expect, it } from 'vitest'
import { chatHouse, type ChatHouse, settle, visitor } from '../../tools/chat/chat-house.ts'

const ME = visitor()
const OTHER = visitor({ id: 'other' })
const NOTHING = new URLSearchParams()

const code = async (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was thrown',
    (error: { code: string; vendorCode?: string; param?: string }) =>
      [error.vendorCode ?? error.code, error.param].filter((each) => each !== undefined).join(' '),
  )

/** A session with complete exchanges. */
const talk = async (house: ChatHouse, id: string, ...questions: readonly string[]) => {
  const visit = await house.join(id)
  for (const question of questions) {
    await visit.say(question)
    await settle()
    house.model.calls.at(-1)?.say(`answer to ${question}`)
    house.model.calls.at(-1)?.end()
    await settle()
  }
  return visit
}

type Page = { messages: { message_id: string; content: string }[]; next_before: string | null }

describe('create', () => {
  it('makes a session with an id of its own or that of the client', async () => {
    const { resources } = chatHouse().chat
    expect(await resources.create(ME, {})).toMatchObject({
      id: expect.stringMatching(/^ses_[0-9A-Za-z]{22}$/),
      title: null,
      head: null,
      keep: false,
      active_run: null,
      queue: [],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
    const body = {
      id: 'mine',
      title: 'T',
      system_prompt: 'S',
      model: 'm2',
      settings: { temperature: 0, when_busy: 'reject' },
      metadata: { a: 1 },
      keep: true,
    }
    expect(await resources.create(ME, body)).toMatchObject({ ...body, expires_at: null })
    expect(await code(resources.create(ME, { id: 'mine' }))).toBe('conflict id')
    expect(await resources.create(OTHER, { id: 'mine' })).toMatchObject({ title: null })
  })

  it.each(['ses_0123456789012345678901', '..', 'a b', 'x'.repeat(129), '\0'])(
    'refuses the id %j',
    async (id) => {
      expect(await code(chatHouse().chat.resources.create(ME, { id }))).toMatch(/^invalid_request/)
    },
  )

  it('is refused when an owner has ten thousand', async () => {
    const house = chatHouse()
    const { store } = house
    const create = store.create
    store.create = (session, most) => create(session, Math.min(most, 2))
    const { resources } = house.chat
    await resources.create(ME, {})
    await resources.create(ME, {})
    expect(await code(resources.create(ME, {}))).toBe('too_many_sessions')
    expect(await code(house.chat.join(ME, { creates: true }))).toBe('too_many_sessions')
  })
})

describe('list and read', () => {
  it('have the sessions of their owner alone', async () => {
    const house = chatHouse()
    const { resources } = house.chat
    await talk(house, 'one', 'apples')
    await talk(house, 'two', 'pears')
    const list = (await resources.list(ME, NOTHING)) as { sessions: { id: string }[] }
    expect(list.sessions.map(({ id }) => id).toSorted()).toEqual(['one', 'two'])
    expect(await resources.list(OTHER, NOTHING)).toEqual({ sessions: [], next_cursor: null })
    const found = await resources.list(ME, new URLSearchParams({ search: 'pears' }))
    expect(found).toMatchObject({ sessions: [{ id: 'two', title: 'pears' }] })
    expect(await code(resources.list(ME, new URLSearchParams({ limit: '51' })))).toBe(
      'invalid_request limit',
    )
  })

  it('show what is in progress', async () => {
    const house = chatHouse()
    const visit = await house.join('s')
    const { run_id } = await visit.say('one')
    const { message_id } = await visit.say('two')
    expect(await house.chat.resources.read(ME, 's')).toMatchObject({
      active_run: run_id,
      queue: [{ message_id, place: 1 }],
    })
  })
})

describe('what is another owner’s', () => {
  it('is not found, on every route', async () => {
    const house = chatHouse()
    const visit = await talk(house, 's', 'one')
    const { resources } = house.chat
    const run = [...house.store.kept('s').runs.keys()][0] ?? ''
    for (const id of ['s', 'unknown', '__proto__', '..', '\0', 'x'.repeat(10_000)]) {
      const calls = [
        resources.read(OTHER, id),
        resources.patch(OTHER, id, { title: 'x' }),
        resources.delete(OTHER, id),
        resources.messages(OTHER, id, NOTHING),
        resources.runs(OTHER, id),
        resources.prompt(OTHER, id, run),
        resources.extend(OTHER, id, {}),
        resources.fork(OTHER, id, {}),
        resources.export(OTHER, id, 'json'),
        resources.costs(OTHER, id),
      ]
      expect(await Promise.all(calls.map(code))).toEqual(calls.map(() => 'not_found'))
    }
    expect(await visit.session.history()).toHaveLength(2)
    expect(await code(house.chat.join(OTHER, { id: 's', creates: false }))).toBe('not_found')
    expect(await code(house.chat.join(OTHER, { id: 'ses_x', creates: true }))).toBe('not_found')
  })
})

describe('patch', () => {
  it('changes what it names, and readers learn of it', async () => {
    const house = chatHouse()
    const visit = await house.join('s')
    const reading = await visit.read()
    const { resources } = house.chat
    const patched = await resources.patch(ME, 's', {
      title: 'New',
      settings: { temperature: 1 },
      keep: true,
    })
    expect(patched).toMatchObject({ title: 'New', keep: true, expires_at: null })
    expect(reading.sent.map(({ event }) => event)).toEqual([
      { type: 'session_updated', title: 'New', keep: true, expires_at: null },
    ])
    await resources.patch(ME, 's', { settings: { max_output_tokens: 5 }, keep: false })
    expect(await resources.read(ME, 's')).toMatchObject({
      title: 'New',
      settings: { temperature: 1, max_output_tokens: 5 },
      expires_at: expect.any(String),
    })
    await resources.patch(ME, 's', { title: null })
    await visit.say('first line')
    expect(await resources.read(ME, 's')).toMatchObject({ title: 'first line' })
  })
})

describe('delete', () => {
  it('ends what is in progress, sends readers away and leaves nothing', async () => {
    const house = chatHouse()
    const visit = await house.join('s')
    const reading = await visit.read()
    await visit.say('one')
    await settle()
    await house.chat.resources.delete(ME, 's')
    await settle()
    expect(house.model.calls[0]?.isStopped).toBe(true)
    expect(reading.ended?.reason).toMatchObject({ code: 'not_found' })
    expect(house.store.all.size).toBe(0)
    expect(await code(visit.say('two'))).toBe('not_found')
    expect(await code(house.chat.resources.read(ME, 's'))).toBe('not_found')
    const again = await house.join('s')
    expect(again.session.isNew).toBe(true)
    expect(house.faults).toEqual([])
    visit.session.leave()
  })
})

describe('messages', () => {
  it('come in pages, from the end of the branch', async () => {
    const house = chatHouse()
    await talk(house, 's', '1', '2', '3')
    const { resources } = house.chat
    const all = (await resources.messages(ME, 's', NOTHING)) as Page
    expect(all.messages.map(({ content }) => content)).toEqual([
      '1',
      'answer to 1',
      '2',
      'answer to 2',
      '3',
      'answer to 3',
    ])
    expect(all.next_before).toBeNull()
    const last = (await resources.messages(ME, 's', new URLSearchParams({ limit: '4' }))) as Page
    expect(last.messages).toEqual(all.messages.slice(2))
    const before = new URLSearchParams({ limit: '4', before: last.next_before ?? '' })
    const first = (await resources.messages(ME, 's', before)) as Page
    expect(first).toMatchObject({ messages: all.messages.slice(0, 2), next_before: null })
    const unknown = new URLSearchParams({ before: 'no' })
    expect(await code(resources.messages(ME, 's', unknown))).toBe('not_found message_id')
  })

  it('of all branches come in the order in which they came to be', async () => {
    const house = chatHouse()
    const visit = await talk(house, 's', '1', '2')
    const [first] = await visit.session.history()
    await visit.command({ type: 'edit', message_id: first?.message_id ?? '', content: 'one' })
    const all = new URLSearchParams({ branches: 'all' })
    const page = (await house.chat.resources.messages(ME, 's', all)) as Page
    expect(page.messages.map(({ content }) => content)).toEqual([
      '1',
      'answer to 1',
      '2',
      'answer to 2',
      'one',
      '',
    ])
  })
})

describe('runs', () => {
  it('show what became of them, and what the model was sent', async () => {
    const house = chatHouse()
    await talk(house, 's', 'one', 'two')
    const { resources } = house.chat
    const { runs } = (await resources.runs(ME, 's')) as { runs: { run_id: string }[] }
    expect(runs).toMatchObject([
      {
        status: 'done',
        target: 'scripted/one',
        finish_reason: 'stop',
        cost_summary: { total_cost: 1 },
      },
      { status: 'done' },
    ])
    expect(await resources.prompt(ME, 's', runs[0]?.run_id ?? '')).toMatchObject({
      messages: [
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'answer to one' },
        { role: 'user', content: 'two' },
      ],
    })
    expect(await code(resources.prompt(ME, 's', 'no'))).toBe('not_found')
  })
})

describe('extend', () => {
  it('keeps a session for longer, and no activity shortens that', async () => {
    const house = chatHouse()
    const visit = await house.join('s')
    await house.chat.resources.extend(ME, 's', { hours: 100 })
    await visit.say('hello')
    const { expiresAt, activeAt } = house.store.kept('s').session
    expect((expiresAt ?? 0) - activeAt).toBeGreaterThan(99 * 3_600_000)
  })
})

describe('fork', () => {
  it('copies the branch up to a message, in the same order', async () => {
    const house = chatHouse()
    const visit = await talk(house, 's', '1', '2', '3')
    const { resources } = house.chat
    const history = await visit.session.history()
    for (let at = 0; at < history.length; at++) {
      const { id } = (await resources.fork(ME, 's', {
        message_id: history[at]?.message_id,
      })) as { id: string }
      const copy = await house.join(id)
      const copied = await copy.session.history()
      const texts = history.slice(0, at + 1).map(({ content }) => content)
      expect(copied.map(({ content }) => content)).toEqual(texts)
      expect(copied.map(({ parent_id }) => parent_id).slice(1)).toEqual(
        copied.map(({ message_id }) => message_id).slice(0, -1),
      )
      const reading = await copy.read('0.0')
      expect(reading.types).toEqual(['snapshot'])
      await copy.say('and?')
      await settle()
      const texts2 = house.model.calls.at(-1)?.turns.map(({ text }) => text)
      expect(texts2?.join('|')).toBe([...texts, 'and?'].join('|'))
    }
    expect(await visit.session.history()).toEqual(history)
    expect(await code(resources.fork(ME, 's', { message_id: 'no' }))).toBe('not_found message_id')
  })
})

describe('export', () => {
  it('has the branch that is shown', async () => {
    const house = chatHouse()
    const visit = await talk(house, 's', 'old', 'next')
    const [first] = await visit.session.history()
    await visit.command({ type: 'edit', message_id: first?.message_id ?? '', content: 'new' })
    await settle()
    house.model.calls.at(-1)?.say('partial')
    await visit.command({ type: 'cancel' })
    const { resources } = house.chat
    expect(await resources.export(ME, 's', 'markdown')).toBe(
      '# old\n\n## User\n\nnew\n\n## Assistant (cancelled)\n\npartial\n',
    )
    expect(JSON.parse(await resources.export(ME, 's', 'json'))).toMatchObject({
      session: { id: 's' },
      messages: [{ content: 'new' }, { content: 'partial', status: 'cancelled' }],
    })
  })
})

describe('costs', () => {
  it('are the sums of a session, or of all since they were reset', async () => {
    let now = 1_000
    const house = chatHouse({ now: () => now })
    await talk(house, 'one', 'a', 'b')
    await talk(house, 'two', 'c')
    const { resources } = house.chat
    expect(await resources.costs(ME, 'one')).toMatchObject({ runs: 2, total_cost: 2 })
    expect(await resources.costs(ME, undefined)).toMatchObject({
      session_id: null,
      since: null,
      runs: 3,
      total_tokens: 33,
      total_cost: 3,
      by_model: [{ model: 'one', runs: 3, total_cost: 3 }],
    })
    expect(await resources.costs(OTHER, undefined)).toMatchObject({ runs: 0, total_cost: 0 })
    now = 2_000
    expect(await resources.resetCosts(ME)).toMatchObject({ runs: 0, since: expect.any(String) })
    await talk(house, 'two', 'd')
    expect(await resources.costs(ME, undefined)).toMatchObject({ runs: 1, total_cost: 1 })
    expect(await resources.costs(ME, 'one')).toMatchObject({ runs: 0 })
    const again = house.restart().chat.resources
    expect(await again.costs(ME, undefined)).toMatchObject({ runs: 1, total_cost: 1 })
    const { sessions } = (await again.list(ME, NOTHING)) as { sessions: { id: string }[] }
    expect(sessions.map(({ id }) => id).toSorted()).toEqual(['one', 'two'])
  })
})
