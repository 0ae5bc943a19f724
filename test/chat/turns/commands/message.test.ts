/** A message, what happens to it during a run, and which model answers it. */
import { describe, expect, it } from 'vitest'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { codeOf, eventsOf, exchange, shown } from '../../../tools/chat/commands.ts'

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
    expect(await codeOf(visit.say('too many'))).toBe('queue_full')
    expect(store.kept('s').queue.size).toBe(10)
  })

  it('is refused where the session, the message or the configuration says so', async () => {
    const house = chatHouse({ set: { whenBusy: 'reject' } })
    const visit = await house.join()
    await visit.say('one')
    expect(await codeOf(visit.say('two'))).toBe('session_busy')
    expect((await visit.say('three', { when_busy: 'queue' })).status).toBe('queued')
    expect(await codeOf(visit.say('four', { when_busy: 'reject' }))).toBe('session_busy')
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
    expect(await codeOf(visit.say('a'))).toBe('invalid_request model')
  })
})

const noModel = {
  maxHistory: 50,
  whenBusy: 'queue',
  abandonAfterMs: 1_000,
  expiresAfterMs: 1_000,
  messageRate: false,
} as const
