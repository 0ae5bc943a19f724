/** What clients ask of a session. */
import { describe, expect, it } from 'vitest'
import type { SentEvent } from '#model'
import { chatHouse, type ChatHouse, settle, type Visit } from '../../tools/chat/chat-house.ts'

const code = async (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was thrown',
    (error: { code: string; vendorCode?: string; param?: string }) =>
      [error.vendorCode ?? error.code, error.param].filter((each) => each !== undefined).join(' '),
  )

const eventsOf = (sent: readonly SentEvent[], type: string) =>
  sent.map(({ event }) => event).filter((event) => event.type === type)

/** A message with its complete answer. */
const exchange = async ({ model }: ChatHouse, visit: Visit, question: string, answer: string) => {
  const outcome = await visit.say(question)
  await settle()
  model.calls.at(-1)?.say(answer)
  model.calls.at(-1)?.end()
  await settle()
  return outcome
}

const shown = async (visit: Visit) =>
  (await visit.session.history()).map(({ content, status }) =>
    status === 'done' ? content : `${content} (${status})`,
  )

describe('a message during a run', () => {
  it('waits, and is answered when the run has ended', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('one')
    const queued = await visit.say('two')
    expect(queued.status).toBe('queued')
    expect(eventsOf(reading.sent, 'queued')).toMatchObject([
      { message_id: queued.message_id, content: 'two', place: 1 },
    ])
    await settle()
    house.model.calls[0]?.say('1')
    house.model.calls[0]?.end()
    await settle()
    expect(house.model.calls).toHaveLength(2)
    expect(house.model.calls[1]?.turns.map(({ text }) => text)).toEqual(['one', '1', 'two'])
    expect(eventsOf(reading.sent, 'user_message')).toMatchObject([
      { content: 'one' },
      { content: 'two', message_id: queued.message_id },
    ])
    expect(house.store.kept('s').queue.size).toBe(0)
  })

  it('waits with ten others at most', async () => {
    const { join, store } = chatHouse()
    const visit = await join()
    await visit.say('one')
    for (let at = 0; at < 10; at++) await visit.say(`queued ${at}`)
    expect(await code(visit.say('too many'))).toBe('queue_full')
    expect(store.kept('s').queue.size).toBe(10)
  })

  it('is refused where the session, the message or the configuration says so', async () => {
    const house = chatHouse({ set: { whenBusy: 'reject' } })
    const visit = await house.join()
    await visit.say('one')
    expect(await code(visit.say('two'))).toBe('session_busy')
    expect((await visit.say('three', { when_busy: 'queue' })).status).toBe('queued')
    expect(await code(visit.say('four', { when_busy: 'reject' }))).toBe('session_busy')
  })

  it('ends the run in progress if it interrupts, and those that wait go on waiting', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('one')
    await visit.say('later')
    await settle()
    house.model.calls[0]?.say('par')
    const outcome = await visit.say('now', { when_busy: 'interrupt' })
    expect(outcome.status).toBe('started')
    expect(house.model.calls[0]?.isStopped).toBe(true)
    await settle()
    expect(house.model.calls[1]?.turns.at(-1)?.text).toContain('now')
    expect(await shown(visit)).toEqual(['one', 'par (cancelled)', 'now', ' (running)'])
    house.model.calls[1]?.end()
    await settle()
    expect(house.model.calls[2]?.turns.at(-1)?.text).toContain('later')
  })
})

describe('a stale tab', () => {
  it('appends to what is there now', async () => {
    const house = chatHouse()
    const [stale, fresh] = [await house.join(), await house.join()]
    for (let at = 0; at < 10; at++) await exchange(house, fresh, `q${at}`, `a${at}`)
    await exchange(house, stale, 'late', 'answer')
    const history = await fresh.session.history()
    expect(history).toHaveLength(22)
    expect(history.map(({ parent_id }) => parent_id).slice(1)).toEqual(
      history.map(({ message_id }) => message_id).slice(0, -1),
    )
  })
})

describe('a message with an id of its client', () => {
  it('is answered once, and its events are given again', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const first = await visit.say('hello', { client_message_id: 'c1' })
    const again = await visit.say('hello', { client_message_id: 'c1' })
    expect(again).toEqual({ ...first, status: 'repeated', position: '1.0' })
    await settle()
    expect(house.model.calls).toHaveLength(1)
    const reading = await visit.read(again.position)
    expect(reading.types.slice(0, 3)).toEqual(['user_message', 'session_updated', 'run_start'])
  })

  it('is known while it waits', async () => {
    const { join } = chatHouse()
    const visit = await join()
    await visit.say('one')
    const queued = await visit.say('two', { client_message_id: 'c2' })
    expect(await visit.say('two', { client_message_id: 'c2' })).toMatchObject({
      status: 'repeated',
      message_id: queued.message_id,
    })
  })

  it('is answered once, also if it comes twice at the same time', async () => {
    const { join, model } = chatHouse()
    const visit = await join()
    const [one, other] = await Promise.all([
      visit.say('hello', { client_message_id: 'c1' }),
      visit.say('hello', { client_message_id: 'c1' }),
    ])
    await settle()
    expect([one.status, other.status]).toEqual(['started', 'repeated'])
    expect(model.calls).toHaveLength(1)
  })
})

describe('cancel', () => {
  it('stops the model at once, and keeps what it has said', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    const { run_id } = await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('par', 'tial')
    const outcome = await visit.command({ type: 'cancel' })
    expect(outcome).toMatchObject({ status: 'done', run_id })
    expect(house.model.calls[0]?.isStopped).toBe(true)
    expect(reading.sent.at(-1)?.event).toMatchObject({
      type: 'run_end',
      status: 'cancelled',
      result: 'partial',
      cost_summary: { completion_tokens: 2, total_cost: 2 },
    })
    expect(reading.sent.at(-1)?.event).not.toHaveProperty('error')
    expect(await shown(visit)).toEqual(['hello', 'partial (cancelled)'])
  })

  it('stops a run before its first token, and the next message is answered', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    expect((await visit.command({ type: 'cancel' })).status).toBe('done')
    await settle()
    house.model.calls[0]?.say('too late')
    await settle()
    expect(await shown(visit)).toEqual(['hello', ' (cancelled)'])
    expect((await visit.say('again')).status).toBe('started')
  })

  it('stops the model at every event of an answer', async () => {
    for (let said = 0; said <= 4; said++) {
      const house = chatHouse()
      const visit = await house.join()
      const reading = await visit.read()
      await visit.say('hello')
      await settle()
      for (let piece = 0; piece < said; piece++) house.model.calls[0]?.say(`${piece}`)
      await visit.command({ type: 'cancel' })
      house.model.calls[0]?.say('too late')
      await settle()
      const text = '0123'.slice(0, said)
      expect(reading.text).toBe(text)
      expect(reading.sent.at(-1)?.event).toMatchObject({ type: 'run_end', result: text })
      expect([...house.store.kept('s').messages.values()].at(-1)).toMatchObject({
        content: text,
        status: 'cancelled',
      })
    }
  })

  it('says that there is nothing to cancel', async () => {
    const house = chatHouse()
    const visit = await house.join()
    expect((await visit.command({ type: 'cancel' })).status).toBe('nothing_to_cancel')
    await visit.say('hello')
    expect((await visit.command({ type: 'cancel', run_id: 'run_other' })).status).toBe(
      'nothing_to_cancel',
    )
    await settle()
    expect(house.model.calls[0]?.isStopped).toBe(false)
  })

  it('removes a message that waits, by its id', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('one')
    const { message_id = '' } = await visit.say('two')
    expect(await visit.command({ type: 'cancel', run_id: message_id })).toMatchObject({
      status: 'done',
      message_id,
    })
    expect(house.store.kept('s').queue.size).toBe(0)
    await settle()
    expect(house.model.calls[0]?.isStopped).toBe(false)
  })

  it('lets the next message of the queue begin', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('one')
    await visit.say('two')
    await visit.command({ type: 'cancel' })
    await settle()
    expect(house.model.calls).toHaveLength(2)
  })
})

describe('the model of the next turn', () => {
  it('learns that an answer was cut', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('partial')
    await visit.command({ type: 'cancel' })
    await visit.say('go on')
    await settle()
    expect(house.model.calls[1]?.turns).toEqual([
      { role: 'user', text: 'hello' },
      { role: 'assistant', text: 'partial' },
      { role: 'user', text: expect.stringMatching(/stopped before it was complete.*\|go on/) },
    ])
  })

  it('is sent the question again if the answer never began', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await visit.command({ type: 'cancel' })
    await visit.say('again')
    await settle()
    expect(house.model.calls[1]?.turns).toEqual([{ role: 'user', text: 'hello|again' }])
  })
})

describe('edit', () => {
  it('makes a sibling, and the earlier branch stays', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await exchange(house, visit, 'one', '1')
    const { message_id = '' } = await exchange(house, visit, 'two', '2')
    const reading = await visit.read()
    await visit.command({ type: 'edit', message_id, content: 'second' })
    await settle()
    house.model.calls[2]?.say('II')
    house.model.calls[2]?.end()
    await settle()
    expect(house.model.calls[2]?.turns.map(({ text }) => text)).toEqual(['one', '1', 'second'])
    expect(reading.types.slice(0, 3)).toEqual(['head', 'user_message', 'run_start'])
    expect(await shown(visit)).toEqual(['one', '1', 'second', 'II'])
    const contents = [...house.store.kept('s').messages.values()].map(({ content }) => content)
    expect(contents).toEqual(['one', '1', 'two', '2', 'second', 'II'])
  })

  it('of the first message begins the session anew', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { message_id = '' } = await exchange(house, visit, 'one', '1')
    await visit.command({ type: 'edit', message_id, content: 'uno' })
    await settle()
    expect(house.model.calls[1]?.turns).toEqual([{ role: 'user', text: 'uno' }])
    expect((await visit.session.history())[0]?.parent_id).toBeNull()
  })

  it('refuses what is not there, and answers', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await exchange(house, visit, 'one', '1')
    const answer = (await visit.session.history())[1]?.message_id ?? ''
    expect(await code(visit.command({ type: 'edit', message_id: 'no', content: 'x' }))).toBe(
      'not_found message_id',
    )
    expect(await code(visit.command({ type: 'edit', message_id: answer, content: 'x' }))).toBe(
      'invalid_request message_id',
    )
    expect(await code(visit.say('  '))).toBe('invalid_request content')
    expect(await code(visit.say('x'.repeat(256 * 1024 + 1)))).toBe('request_too_large content')
  })
})

describe('regenerate', () => {
  it('makes a sibling of the answer, named by the answer or by its question', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { message_id: question = '' } = await exchange(house, visit, 'one', '1')
    const answer = (await visit.session.history())[1]?.message_id ?? ''
    for (const message_id of [answer, question]) {
      const outcome = await visit.command({ type: 'regenerate', message_id, model: 'other' })
      expect(outcome).toMatchObject({ status: 'started', message_id: question })
      await settle()
      house.model.calls.at(-1)?.say('again')
      house.model.calls.at(-1)?.end()
      await settle()
    }
    expect(house.model.calls.at(-1)?.call.request.model).toBe('other')
    const messages = [...house.store.kept('s').messages.values()]
    expect(messages.map(({ parentId }) => parentId)).toEqual([null, question, question, question])
    expect(await shown(visit)).toEqual(['one', 'again'])
    expect(house.store.kept('s').session.title).toBe('one')
  })

  it('waits for the run in progress, and is in the queue by an id of its own', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    const { message_id = '' } = await visit.say('one')
    const queued = await visit.command({ type: 'regenerate', message_id })
    expect(queued.status).toBe('queued')
    expect(eventsOf(reading.sent, 'queued')).toMatchObject([{ message_id: queued.message_id }])
    await settle()
    house.model.calls[0]?.end()
    await settle()
    expect(eventsOf(reading.sent, 'run_start').at(-1)).toMatchObject({
      message_id: queued.message_id,
      parent_id: message_id,
    })
  })
})

describe('continue', () => {
  it('goes on with a partial answer in a run of its own', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { run_id = '' } = await visit.say('count')
    await settle()
    house.model.calls[0]?.say('1, 2,')
    await visit.command({ type: 'cancel' })
    const outcome = await visit.command({ type: 'continue', run_id })
    expect(outcome.status).toBe('started')
    await settle()
    expect(house.model.calls[1]?.turns).toEqual([
      { role: 'user', text: 'count' },
      { role: 'assistant', text: '1, 2,' },
      { role: 'user', text: expect.stringContaining('Continue it exactly where it stops') },
    ])
    house.model.calls[1]?.say(' 3')
    house.model.calls[1]?.end()
    await settle()
    expect(await shown(visit)).toEqual(['count', '1, 2, (cancelled)', ' 3'])
    expect(house.store.kept('s').runs.get(outcome.run_id ?? '')).toMatchObject({
      continues: run_id,
      status: 'done',
    })
    await visit.say('and?')
    await settle()
    expect(house.model.calls[2]?.turns).toEqual([
      { role: 'user', text: 'count' },
      { role: 'assistant', text: '1, 2, 3' },
      { role: 'user', text: 'and?' },
    ])
  })

  it('refuses runs that are complete or not there', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { run_id = '' } = await exchange(house, visit, 'one', '1')
    expect(await code(visit.command({ type: 'continue', run_id }))).toBe('invalid_request run_id')
    expect(await code(visit.command({ type: 'continue', run_id: 'no' }))).toBe('not_found run_id')
  })
})

describe('choose', () => {
  it('shows another branch to its end', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { message_id = '' } = await exchange(house, visit, 'one', '1')
    await exchange(house, visit, 'two', '2')
    await visit.command({ type: 'edit', message_id, content: 'uno' })
    await settle()
    house.model.calls.at(-1)?.end()
    await settle()
    const reading = await visit.read()
    await visit.command({ type: 'choose', message_id })
    expect(await shown(visit)).toEqual(['one', '1', 'two', '2'])
    expect(reading.sent.map(({ event }) => event)).toEqual([
      { type: 'head', message_id: visit.session.head },
    ])
    await exchange(house, visit, 'three', '3')
    expect(await shown(visit)).toEqual(['one', '1', 'two', '2', 'three', '3'])
  })

  it('refuses a message that is not there', async () => {
    const visit = await chatHouse().join()
    expect(await code(visit.command({ type: 'choose', message_id: 'no' }))).toBe(
      'not_found message_id',
    )
  })
})

describe('dequeue', () => {
  it('removes a message that waits, and no other', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('one')
    const ids: string[] = []
    for (let at = 0; at < 5; at++) ids.push((await visit.say(`queued ${at}`)).message_id ?? '')
    await visit.command({ type: 'dequeue', message_id: ids[2] ?? '' })
    expect(eventsOf(reading.sent, 'dequeued')).toEqual([{ type: 'dequeued', message_id: ids[2] }])
    for (let at = 0; at < 5; at++) {
      await settle()
      house.model.calls.at(-1)?.end()
    }
    await settle()
    expect(house.model.calls.map(({ turns }) => turns.at(-1)?.text.split('|').at(-1))).toEqual([
      'one',
      'queued 0',
      'queued 1',
      'queued 3',
      'queued 4',
    ])
    expect(await code(visit.command({ type: 'dequeue', message_id: ids[2] ?? '' }))).toBe(
      'not_found message_id',
    )
  })
})

describe('clear_history', () => {
  it('ends what is in progress, and leaves nothing of it', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await exchange(house, visit, 'secret', '1')
    await visit.say('two')
    await visit.say('three')
    await visit.command({ type: 'clear_history' })
    await settle()
    expect(house.model.calls).toHaveLength(2)
    expect(house.model.calls[1]?.isStopped).toBe(true)
    expect(await shown(visit)).toEqual([])
    expect(visit.session.head).toBeNull()
    const { messages, runs, queue, events } = house.store.kept('s')
    expect([messages.size, runs.size, queue.size]).toEqual([0, 0, 0])
    expect(JSON.stringify(events)).not.toContain('secret')
    const reading = await visit.read('0.0')
    expect(JSON.stringify(reading.sent)).not.toContain('secret')
    await exchange(house, visit, 'new', 'n')
    expect(await shown(visit)).toEqual(['new', 'n'])
  })
})

describe('the model', () => {
  it("is the message's, else the session's, else the configured one", async () => {
    const house = chatHouse({ set: { model: 'configured' } })
    const visit = await house.join()
    await visit.say('a', { model: 'own' })
    await visit.command({ type: 'cancel' })
    await visit.say('b')
    await settle()
    expect(house.model.calls.map(({ call }) => call.request.model)).toEqual(['own', 'configured'])
  })

  it('has to be named somewhere', async () => {
    const visit = await chatHouse({ settings: () => noModel }).join()
    expect(await code(visit.say('a'))).toBe('invalid_request model')
  })
})

const noModel = {
  maxHistory: 50,
  whenBusy: 'queue',
  abandonAfterMs: 1_000,
  expiresAfterMs: 1_000,
  messageRate: false,
} as const
