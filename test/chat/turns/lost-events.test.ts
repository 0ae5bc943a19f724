/** A store that has lost events, as a Redis that was flushed, or that failed over to one that lags behind. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { writePosition } from '#runs'
import { type ChatHouse, chatHouse, settle, type Visit } from '../../tools/chat/chat-house.ts'
import { goneStore } from '../../tools/chat/memory-store.ts'

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    }),
)
afterEach(() => void vi.useRealTimers())

/** Timers that are due run, and what they lead to. */
const pass = async (milliseconds: number): Promise<void> => {
  await settle()
  for (let passed = 0; passed < milliseconds; passed += 100) {
    await vi.advanceTimersByTimeAsync(100)
    await settle()
  }
}

const storedText = ({ store }: ChatHouse): string =>
  store
    .kept('s')
    .events.map(({ event }) => (event.type === 'token' ? event.token : ''))
    .join('')

const expectNoGap = ({ store }: ChatHouse, firstSeq: number, { session }: Visit): void => {
  const { events } = store.kept('s')
  expect(events[0]?.from).toBe(firstSeq)
  for (const [at, { from }] of events.entries())
    if (at > 0) expect(from).toBe((events[at - 1]?.seq ?? 0) + 1)
  expect(events.at(-1)?.seq).toBe(session.position.seq)
}

const startRun = async (house: ChatHouse) => {
  const visit = await house.join()
  const reading = await visit.read()
  await visit.say('hello')
  await settle()
  house.model.calls[0]?.say('a', 'b')
  await pass(200)
  return { visit, reading }
}

describe('a store that has lost its events in the middle of a run', () => {
  it('has all of them again with the next token, and the run goes on', async () => {
    const house = chatHouse()
    const { visit, reading } = await startRun(house)
    house.store.loseEvents('s')
    house.model.calls[0]?.say('c')
    await pass(200)
    expect(storedText(house)).toBe('abc')
    expectNoGap(house, 1, visit)
    house.model.calls[0]?.say('d')
    house.model.calls[0]?.end()
    await pass(200)
    expect(reading.text).toBe('abcd')
    expect(reading.types.at(-1)).toBe('run_end')
    expect(reading.ended).toBeUndefined()
    expect(storedText(house)).toBe('abcd')
    expectNoGap(house, 1, visit)
    expect(house.faults).toEqual([])
  })

  it('has them in the next epoch, and a reader of the one before goes on without a rewind', async () => {
    const house = chatHouse()
    const { visit, reading } = await startRun(house)
    const before = writePosition(reading.following.position)
    house.store.loseEvents('s')
    house.model.calls[0]?.say('c')
    await pass(200)
    expect(visit.session.position.epoch).toBe(2)
    const again = await visit.read(before)
    expect(again.types).toEqual(['token'])
    expect(again.text).toBe('c')
  })

  it('takes a message at that moment, and nobody is told that it failed', async () => {
    const house = chatHouse()
    const { visit, reading } = await startRun(house)
    house.store.loseEvents('s')
    expect((await visit.say('two')).status).toBe('queued')
    expect(reading.types.at(-1)).toBe('queued')
    expect(house.store.kept('s').queue.size).toBe(1)
    expectNoGap(house, 1, visit)
    house.model.calls[0]?.end()
    await settle()
    expect(house.model.calls).toHaveLength(2)
    expect(reading.types.filter((type) => type === 'run_end')).toHaveLength(1)
  })

  it('takes the end of the run at that moment', async () => {
    const house = chatHouse()
    const { visit, reading } = await startRun(house)
    house.model.calls[0]?.say('c')
    house.store.loseEvents('s')
    house.model.calls[0]?.end()
    await settle()
    expect(reading.text).toBe('abc')
    expect(reading.types.filter((type) => type === 'run_end')).toHaveLength(1)
    expectNoGap(house, 1, visit)
    expect([...house.store.kept('s').messages.values()].at(-1)).toMatchObject({
      content: 'abc',
      status: 'done',
    })
  })

  it('has what it lost again if it has only lost the latest', async () => {
    const house = chatHouse()
    const { visit } = await startRun(house)
    const { seq } = visit.session.position
    house.model.calls[0]?.say('c', 'd')
    await pass(200)
    house.store.loseEvents('s', seq)
    house.model.calls[0]?.say('e')
    await pass(200)
    expect(storedText(house)).toBe('abcde')
    expectNoGap(house, 1, visit)
  })

  it('and loses them again and again is asked again ever more slowly, and gets them at last', async () => {
    const house = chatHouse()
    const { visit, reading } = await startRun(house)
    let appends = 0
    house.store.beforeAppend = () => {
      appends++
      house.store.loseEvents('s')
    }
    house.model.calls[0]?.say('c')
    await pass(3_000)
    expect(appends).toBeGreaterThan(3)
    expect(appends).toBeLessThan(20)
    house.store.beforeAppend = undefined
    house.model.calls[0]?.say('d')
    await pass(2_000)
    expect(reading.text).toBe('abcd')
    expect(storedText(house)).toBe('abcd')
    expectNoGap(house, 1, visit)
  })

  it('and fails while they are written again gets the rest later', async () => {
    const house = chatHouse()
    const { visit, reading } = await startRun(house)
    for (let at = 0; at < 3; at++) house.model.calls[0]?.say('x'.repeat(600_000))
    await pass(500)
    house.store.loseEvents('s')
    let batches = 0
    house.store.beforeAppend = () => {
      batches++
      if (batches === 3) throw goneStore()
    }
    house.model.calls[0]?.say('c')
    await pass(3_000)
    expect(batches).toBeGreaterThan(3)
    house.model.calls[0]?.end()
    await pass(500)
    expect(storedText(house)).toBe(reading.text)
    expect(reading.text.length).toBe(1_800_003)
    expectNoGap(house, 1, visit)
  })

  it('does not get what no reader needs any more', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.end()
    await pass(200)
    await visit.command({ type: 'clear_history' })
    await settle()
    const { seq } = visit.session.position
    house.store.loseEvents('s')
    await visit.say('again')
    await settle()
    expect(house.store.kept('s').events[0]?.from).toBeGreaterThanOrEqual(seq)
    expectNoGap(house, house.store.kept('s').events[0]?.from ?? 0, visit)
  })
})

describe('a process that ends after its store has lost events', () => {
  it('leaves the messages, and readers that are ahead are rewound to them', async () => {
    const house = chatHouse()
    const { visit } = await startRun(house)
    const ahead = writePosition(visit.session.position)
    house.kill()
    house.store.loseEvents('s')
    const next = await house.restart().join()
    const again = await next.read(ahead)
    const messages = [{ content: 'hello' }, { content: '', status: 'interrupted' }]
    expect(again.sent.map(({ event }) => event)).toMatchObject([
      { type: 'rewind' },
      { type: 'snapshot', messages },
    ])
    const late = await next.read('0.0')
    expect(late.sent.map(({ event }) => event)).toMatchObject([{ type: 'snapshot', messages }])
  })

  it('leaves nobody with text that is lost, although nothing in the log comes after it', async () => {
    const house = chatHouse()
    const { visit } = await startRun(house)
    await visit.say('two')
    const last = writePosition(visit.session.position)
    house.kill()
    house.store.loseEvents('s')
    expect(house.store.kept('s').lastSeq).toBe(visit.session.position.seq)
    const again = await (await house.restart().join()).read(last)
    expect(again.types.slice(0, 2)).toEqual(['rewind', 'snapshot'])
  })

  it('leaves the text that was stored before a change whose events are lost', async () => {
    const house = chatHouse()
    const { visit } = await startRun(house)
    const { seq } = visit.session.position
    house.store.afterAppend = (batch) => {
      if (batch.enqueue) {
        house.kill()
        house.store.loseEvents('s', seq)
      }
    }
    visit.say('two').catch(() => undefined)
    await settle()
    const next = house.restart()
    const again = await next.join()
    const answer = (await again.session.history()).find(({ role }) => role === 'assistant')
    expect(answer).toMatchObject({ content: 'ab', status: 'interrupted' })
    expect([...next.store.kept('s').messages.values()].map(({ content }) => content)).toContain(
      'two',
    )
  })
})
