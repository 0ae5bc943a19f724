/** A store that fails, at each moment. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { chatHouse, settle } from '../../tools/chat/chat-house.ts'
import { goneStore } from '../../tools/chat/memory-store.ts'

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    }),
)
afterEach(() => void vi.useRealTimers())

const code = async (work: Promise<unknown>) =>
  work.then(
    () => 'nothing was thrown',
    (error: { code: string }) => error.code,
  )

/** Timers that are due run, and what they lead to. */
const pass = async (milliseconds: number): Promise<void> => {
  await settle()
  for (let passed = 0; passed < milliseconds; passed += 100) {
    await vi.advanceTimersByTimeAsync(100)
    await settle()
  }
}

describe('a store that is gone', () => {
  it('before a run: the message is refused, and no model is asked', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    house.store.isGone = true
    expect(await code(visit.say('hello'))).toBe('store_unavailable')
    expect(await code(house.join('other'))).toBe('store_unavailable')
    await pass(300)
    expect(house.model.calls).toHaveLength(0)
    house.store.isGone = false
    await pass(2_000)
    expect((await visit.say('hello')).status).toBe('started')
    expect(reading.types).toEqual(['user_message', 'session_updated', 'run_start'])
  })

  it('in the middle of a run: readers read on, and everything is stored when it is back', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('a')
    await pass(200)
    house.store.isGone = true
    house.model.calls[0]?.say('b')
    await pass(200)
    house.model.calls[0]?.say('c')
    expect(reading.text).toBe('abc')
    expect(await code(visit.say('two'))).toBe('store_unavailable')
    house.store.isGone = false
    await pass(2_000)
    house.model.calls[0]?.say('d')
    house.model.calls[0]?.end()
    await pass(200)
    expect(reading.text).toBe('abcd')
    expect(reading.types.at(-1)).toBe('run_end')
    const { messages, lastSeq } = house.store.kept('s')
    expect([...messages.values()].at(-1)).toMatchObject({ content: 'abcd', status: 'done' })
    expect(lastSeq).toBe(visit.session.position.seq)
  })

  it('at the end of a run: readers learn of the end when it is stored', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('a')
    house.store.isGone = true
    house.model.calls[0]?.end()
    await pass(3_000)
    expect(reading.types).not.toContain('run_end')
    house.store.isGone = false
    await pass(2_000)
    expect(reading.types.filter((type) => type === 'run_end')).toHaveLength(1)
    expect((await visit.say('again')).status).toBe('started')
  })

  it('for too long: a run that says too much is interrupted, and keeps what it has said', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await settle()
    house.store.isGone = true
    for (let megabytes = 0; megabytes < 66; megabytes += 2)
      house.model.calls[0]?.say('x'.repeat(1024 * 1024))
    await pass(200)
    house.model.calls[0]?.say('.')
    expect(house.model.calls[0]?.isStopped).toBe(true)
    house.model.calls[0]?.say('too much')
    house.store.isGone = false
    let batches = 0
    house.store.beforeAppend = ({ events = [] }) => {
      batches++
      const texts = events.map(({ event }) => (event.type === 'token' ? event.token : ''))
      expect(texts.join('').length).toBeLessThanOrEqual(1024 * 1024 + 1)
    }
    await pass(3_000)
    expect(batches).toBeGreaterThan(30)
    const answer = [...house.store.kept('s').messages.values()].at(-1)
    expect(answer?.status).toBe('interrupted')
    expect(answer?.content.length).toBe(33 * 1024 * 1024 + 1)
  })

  it('does not keep a model from being stopped', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await settle()
    house.store.isGone = true
    const cancelling = visit.command({ type: 'cancel' })
    expect(house.model.calls[0]?.isStopped).toBe(true)
    await pass(2_100)
    expect((await cancelling).status).toBe('done')
    house.store.isGone = false
  })

  it('does not let the next message of a queue be lost', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('one')
    await visit.say('two')
    await settle()
    house.store.beforeAppend = (batch) => {
      if (batch.dequeue) throw goneStore()
    }
    house.model.calls[0]?.end()
    await pass(3_000)
    expect(house.model.calls).toHaveLength(1)
    house.store.beforeAppend = undefined
    await pass(5_000)
    expect(house.model.calls).toHaveLength(2)
  })
})

describe('a batch of which nobody knows whether it was stored', () => {
  it('has happened if it was, and readers learn of it when the store is back', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    let failures = 0
    house.store.afterAppend = () => {
      if (failures++ === 0) throw goneStore()
    }
    expect(await code(visit.say('hello', { client_message_id: 'c1' }))).toBe('store_unavailable')
    await pass(2_000)
    expect(reading.types).toEqual(['user_message', 'session_updated', 'run_start', 'run_end'])
    expect(reading.sent.at(-1)?.event).toMatchObject({
      status: 'failed',
      error: { code: 'store_unavailable' },
      cost_summary: { total_cost: 0 },
    })
    expect(house.model.calls).toHaveLength(0)
    expect((await visit.say('hello', { client_message_id: 'c1' })).status).toBe('repeated')
    expect(reading.sent.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  })

  it('of tokens is not stored twice', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    let failures = 0
    house.store.afterAppend = () => {
      if (failures++ === 0) throw goneStore()
    }
    house.model.calls[0]?.say('a', 'b')
    await pass(2_000)
    house.model.calls[0]?.say('c')
    house.model.calls[0]?.end()
    await pass(500)
    expect(reading.text).toBe('abc')
    const stored = house.store
      .kept('s')
      .events.map(({ event }) => (event.type === 'token' ? event.token : ''))
    expect(stored.join('')).toBe('abc')
    expect([...house.store.kept('s').messages.values()].at(-1)?.content).toBe('abc')
  })

  it('of the end of a run ends it once', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    house.store.afterAppend = () => {
      house.store.afterAppend = undefined
      throw goneStore()
    }
    house.model.calls[0]?.end()
    await pass(2_000)
    expect(reading.types.filter((type) => type === 'run_end')).toHaveLength(1)
    expect(visit.session.activeRun).toBeUndefined()
    expect(
      house.store.kept('s').events.filter(({ event }) => event.type === 'run_end'),
    ).toHaveLength(1)
  })
})
