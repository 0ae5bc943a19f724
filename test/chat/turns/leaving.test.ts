/** What happens to runs when nobody is there, and when the server stops. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chatHouse, settle, visitor } from '../../tools/chat/chat-house.ts'

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    }),
)
afterEach(() => void vi.useRealTimers())

const MINUTE_MS = 60_000

describe('a run without readers', () => {
  it('goes on, and its answer is there later', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    visit.session.leave()
    await settle()
    house.model.calls[0]?.say('answer')
    await vi.advanceTimersByTimeAsync(3_000)
    house.model.calls[0]?.end()
    await settle()
    const later = await house.join()
    expect(await later.session.history()).toMatchObject([
      { content: 'hello' },
      { content: 'answer', status: 'done' },
    ])
  })

  it('is cancelled after ten minutes, and says why', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    visit.session.leave()
    await settle()
    house.model.calls[0]?.say('part')
    await vi.advanceTimersByTimeAsync(9 * MINUTE_MS)
    expect(house.model.calls[0]?.isStopped).toBe(false)
    await vi.advanceTimersByTimeAsync(MINUTE_MS)
    await settle()
    expect(house.model.calls[0]?.isStopped).toBe(true)
    const { messages, runs } = house.store.kept('s')
    expect([...messages.values()].at(-1)).toMatchObject({ content: 'part', status: 'cancelled' })
    expect([...runs.values()]).toMatchObject([{ error: { code: 'abandoned' } }])
  })

  it('is not cancelled if somebody comes in time', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    visit.session.leave()
    await vi.advanceTimersByTimeAsync(9 * MINUTE_MS)
    await house.join()
    await vi.advanceTimersByTimeAsync(9 * MINUTE_MS)
    expect(house.model.calls[0]?.isStopped).toBe(false)
  })
})

describe('on_disconnect: cancel', () => {
  it('ends the run when whoever started it leaves, and not when others do', async () => {
    const house = chatHouse()
    const [starter, other] = [await house.join(), await house.join()]
    await starter.say('hello', { on_disconnect: 'cancel' })
    await settle()
    other.session.leave()
    expect(house.model.calls[0]?.isStopped).toBe(false)
    starter.session.leave()
    expect(house.model.calls[0]?.isStopped).toBe(true)
    await settle()
    expect([...house.store.kept('s').messages.values()].at(-1)?.status).toBe('cancelled')
  })

  it('ends a run that begins while its starter leaves', async () => {
    const house = chatHouse()
    const starter = await house.join()
    const asked = starter.say('hello', { on_disconnect: 'cancel' })
    starter.session.leave()
    await asked
    await settle()
    expect([...house.store.kept('s').messages.values()].at(-1)?.status).toBe('cancelled')
  })

  it('of the session holds for its messages, also for those that wait', async () => {
    const house = chatHouse()
    const [starter, other] = [await house.join(), await house.join()]
    const { store } = house
    store.kept('s').session = {
      ...store.kept('s').session,
      settings: { onDisconnect: 'cancel' },
    }
    const next = house.restart()
    const [one, two] = [await next.join(), await next.join()]
    await one.say('hello')
    await two.say('waits')
    await settle()
    two.session.leave()
    await settle()
    expect(store.kept('s').queue.size).toBe(0)
    one.session.leave()
    await settle()
    expect(next.model.calls.map(({ isStopped }) => isStopped)).toEqual([true])
    void [starter, other]
  })
})

describe('a session that nobody uses', () => {
  it('leaves the memory, and comes back with everything', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('answer')
    house.model.calls[0]?.end()
    await settle()
    const { seq } = visit.session.position
    visit.session.leave()
    await vi.advanceTimersByTimeAsync(11_000)
    await settle()
    const later = await house.join()
    const reading = await later.read('0.0')
    expect(reading.sent).toHaveLength(seq)
    expect(reading.text).toBe('answer')
    expect(reading.types).not.toContain('rewind')
    expect((await later.read(`1.${seq}`)).sent).toEqual([])
  })

  it('has its events for ten minutes more', async () => {
    const house = chatHouse()
    await house.chat.start()
    const visit = await house.join()
    await visit.say('hello')
    await visit.command({ type: 'cancel' })
    visit.session.leave()
    await vi.advanceTimersByTimeAsync(9 * MINUTE_MS)
    expect(house.store.kept('s').events).not.toEqual([])
    await vi.advanceTimersByTimeAsync(3 * MINUTE_MS)
    expect(house.store.kept('s').events).toEqual([])
    const reading = await (await house.join()).read('0.0')
    expect(reading.types).toEqual(['snapshot'])
  })

  it('is deleted after a day, but not under a reader', async () => {
    const house = chatHouse()
    await house.chat.start()
    const [gone, read, kept] = [
      await house.join('gone'),
      await house.join('read'),
      await house.join('kept'),
    ]
    await house.chat.resources.patch(visitor(), 'kept', { keep: true })
    gone.session.leave()
    kept.session.leave()
    await vi.advanceTimersByTimeAsync(25 * 60 * MINUTE_MS)
    await settle()
    expect([...house.store.all.values()].map(({ session }) => session.id)).toEqual(['read', 'kept'])
    void read
  })
})

describe('a server that stops', () => {
  it('lets a run end, begins no other, and sends readers away with their position', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('one')
    await visit.say('two')
    await settle()
    const draining = house.chat.drain(5_000)
    await expect(visit.say('three')).rejects.toMatchObject({ code: 'at_capacity' })
    await expect(house.join('other')).rejects.toMatchObject({ code: 'at_capacity' })
    house.model.calls[0]?.say('answer')
    house.model.calls[0]?.end()
    await settle()
    await draining
    expect(house.model.calls).toHaveLength(1)
    expect(reading.ended).toMatchObject({
      reason: { vendorCode: 'going_away' },
      position: visit.session.position,
    })
    expect([...house.store.kept('s').messages.values()].at(-1)).toMatchObject({
      content: 'answer',
      status: 'done',
    })
    expect(house.store.kept('s').queue.size).toBe(1)
  })

  it('interrupts runs at the limit, and keeps their text', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('one')
    await settle()
    house.model.calls[0]?.say('part')
    const draining = house.chat.drain(1_000)
    await vi.advanceTimersByTimeAsync(1_000)
    await settle()
    await draining
    expect(reading.sent.at(-1)?.event).toMatchObject({
      type: 'run_end',
      status: 'interrupted',
      result: 'part',
      error: { code: 'going_away' },
    })
    expect([...house.store.kept('s').messages.values()].at(-1)).toMatchObject({
      content: 'part',
      status: 'interrupted',
    })
  })
})
