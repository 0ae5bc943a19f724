/** A session whose process goes: killed, frozen, drained, or without the store that says what it owns. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createReplicaCalls } from '#stores'
import { foldSent } from '../../../tools/chat/client-fold.ts'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { replicaHouse, settleAll } from '../../../tools/chat/replica-house.ts'

afterEach(() => void vi.useRealTimers())

const useTimers = (): void =>
  void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })

const pair = async () => {
  const house = replicaHouse()
  const one = house.add('one')
  const two = house.add('two')
  const first = await one.join()
  return { house, one, two, first, second: await two.join() }
}

describe('an owner that is killed', () => {
  it('loses what was not stored, and readers elsewhere are rewound and read on', async () => {
    const { house, one, two, first, second } = await pair()
    const reading = await second.read('0.0')
    await first.say('hello')
    await settle()
    one.model.calls[0]?.say('lost')
    await settleAll()
    expect(reading.text).toBe('lost')
    one.die()
    await settleAll()
    expect(reading.types.slice(-2)).toEqual(['rewind', 'run_end'])
    expect(reading.ended).toBeUndefined()
    expect([...house.store.kept('s').runs.values()]).toMatchObject([{ status: 'interrupted' }])
    await second.say('again')
    await settle()
    two.model.calls[0]?.say('more')
    expect(reading.sent.at(-1)?.event).toMatchObject({ token: 'more' })
  })

  it('is followed by one of those who race for its session', async () => {
    const house = replicaHouse()
    const [one, two, three] = ['one', 'two', 'three'].map((name) => house.add(name))
    await one?.join()
    const second = await two?.join()
    const third = await three?.join()
    const readings = [await second?.read('0.0'), await third?.read('0.0')]
    await second?.say('hello')
    await settleAll()
    one?.die()
    await settleAll()
    await vi.waitFor(() => expect(readings[1]?.types.at(-1)).toBe('run_end'))
    expect(house.store.kept('s').epoch).toBe(2)
    expect(readings[0]?.sent).toEqual(readings[1]?.sent)
  })

  it('is followed by a reader whose messages have just arrived', async () => {
    const { house, one, two, first, second } = await pair()
    await first.say('hello')
    await settle()
    await first.command({ type: 'clear_history' })
    await settleAll()
    const begun = second.read('0.0')
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    // It hears the answer and the end of the owner in one breath.
    house.hub.freeze('two')
    await settleAll()
    one.die()
    await settleAll()
    house.hub.thaw('two')
    const reading = await begun
    await settleAll()
    expect(reading.types).toEqual(['snapshot'])
    await second.say('again')
    await settleAll()
    two.model.calls[0]?.end()
    await settleAll()
    expect(reading.types.at(-1)).toBe('run_end')
  })

  it('is noticed although nobody reads the session', async () => {
    const { house, one, two, first, second } = await pair()
    await two.chat.start()
    second.session.leave()
    await first.say('hello')
    await first.say('next')
    await settle()
    one.die()
    await settleAll()
    expect([...house.store.kept('s').runs.values()][0]).toMatchObject({ status: 'interrupted' })
    // The queue goes on.
    expect(two.model.calls.map(({ turns }) => turns.at(-1)?.text)).toEqual([
      expect.stringContaining('next'),
    ])
  })

  it('is noticed by a process that has never heard of it', async () => {
    useTimers()
    const house = replicaHouse()
    const one = house.add('one')
    const first = await one.join()
    await first.say('hello')
    await settle()
    const two = house.add('two')
    await two.chat.start()
    await settleAll()
    // The owner lives: nothing is taken from it.
    expect(house.store.kept('s').epoch).toBe(1)
    house.hub.kill('one')
    one.kill()
    await vi.advanceTimersByTimeAsync(2_000)
    await settleAll()
    expect([...house.store.kept('s').runs.values()]).toMatchObject([{ status: 'interrupted' }])
  })
})

/** What happens in a session until its owner is killed. */
const STORY: readonly ((world: Awaited<ReturnType<typeof pair>>) => unknown)[] = [
  ({ first }) => first.say('one'),
  ({ second }) => second.say('two'),
  ({ one }) => one.model.calls[0]?.say('a'),
  ({ one }) => one.model.calls[0]?.say('b', 'c'),
  ({ first }) => first.session.snapshot(),
  ({ one }) => one.model.calls[0]?.think('d'),
  ({ one }) => one.model.calls[0]?.end(),
  ({ one }) => one.model.calls[1]?.say('e'),
  ({ second }) => second.command({ type: 'cancel' }),
  ({ second }) => second.say('three'),
  ({ one }) => one.model.calls[2]?.say('f'),
  ({ first }) => first.command({ type: 'clear_history' }),
  ({ second }) => second.say('four'),
]

it.each(Array.from({ length: STORY.length + 1 }, (_, at) => [at]))(
  'loses nothing that was stored if it is killed after step %i',
  async (at) => {
    const world = await pair()
    const { house, one, two, second } = world
    const reading = await second.read('0.0')
    const late = await second.read()
    for (const step of STORY.slice(0, at)) {
      await step(world)
      await settle()
    }
    // Some of it is on its way.
    one.die()
    await settleAll()
    for (let call = 0; call < two.model.calls.length; call++) {
      two.model.calls[call]?.end()
      await settleAll()
    }
    await second.session.snapshot()
    const branch = await house.store.branch(
      { owner: 'anonymous', id: 's' },
      house.store.kept('s').session.head,
      100,
    )
    const shown = branch.map(({ id, parentId, role, content, status }) => ({
      id,
      parent: parentId,
      role,
      content,
      status,
    }))
    expect(foldSent(reading.sent)).toEqual(shown)
    expect(foldSent(late.sent)).toEqual(shown)
    expect(reading.ended).toBeUndefined()
    expect(shown.filter(({ status }) => status === 'running')).toEqual([])
    expect(house.store.kept('s').queue.size).toBe(0)
  },
)

describe('an owner that stands still for longer than its lease', () => {
  it('writes nothing when it goes on, stops its models, and its readers read on elsewhere', async () => {
    const { house, one, two, first, second } = await pair()
    const there = await first.read('0.0')
    const here = await second.read('0.0')
    await first.say('hello')
    await settle()
    one.model.calls[0]?.say('before')
    await settleAll()
    await first.session.snapshot()
    one.freeze()
    await settleAll()
    expect(here.types.at(-1)).toBe('run_end')
    one.model.calls[0]?.say('zombie')
    one.thaw()
    await settleAll()
    expect(one.model.calls[0]?.isStopped).toBe(true)
    await vi.waitFor(() => expect(there.types.at(-1)).toBe('run_end'))
    expect(there.types.slice(-3)).toEqual(['rewind', 'llm_end', 'run_end'])
    await first.say('again')
    await settleAll()
    expect(two.model.calls).toHaveLength(1)
    expect(house.store.kept('s').events.map(({ event }) => event)).not.toContainEqual(
      expect.objectContaining({ token: expect.stringContaining('zombie') }),
    )
    expect(there.sent.at(-1)).toEqual(here.sent.at(-1))
  })

  it('is fenced by the store, and notices there', async () => {
    const { house, one, first } = await pair()
    const reading = await first.read('0.0')
    await first.say('hello')
    await settle()
    await house.store.open({ owner: 'anonymous', id: 's' })
    one.model.calls[0]?.say('late')
    await vi.waitFor(() => expect(reading.types.at(-1)).toBe('run_end'))
    expect(one.model.calls[0]?.isStopped).toBe(true)
    expect(reading.types.slice(-2)).toEqual(['rewind', 'run_end'])
    expect(reading.ended).toBeUndefined()
  })

  it('opens what another one opens at the same time once more', async () => {
    const { house, one, first } = await pair()
    await first.say('hello')
    await settle()
    const three = house.add('three')
    let opened = 0
    house.store.beforeAppend = async () => {
      if (++opened === 1) await house.store.open({ owner: 'anonymous', id: 's' })
    }
    one.die()
    const reading = await (await three.join()).read('0.0')
    await vi.waitFor(() => expect(reading.types.at(-1)).toBe('run_end'))
    expect(opened).toBeGreaterThan(1)
  })

  it('sends its readers away while nobody can be asked', async () => {
    const { house, one, first } = await pair()
    const reading = await first.read('0.0')
    await first.say('hello')
    await settle()
    house.hub.expire('one')
    await house.store.open({ owner: 'anonymous', id: 's' })
    one.model.calls[0]?.say('late')
    await vi.waitFor(() => expect(reading.ended?.reason.vendorCode).toBe('going_away'))
    expect(reading.ended?.position).toEqual({ epoch: 1, seq: 6 })
  })
})

describe('a process that cannot reach the others', () => {
  it('sends the readers of its mirrors away after a while', async () => {
    useTimers()
    const { house, second } = await pair()
    const reading = await second.read('0.0')
    house.hub.expire('two')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(reading.ended).toBeUndefined()
    await vi.advanceTimersByTimeAsync(3_000)
    await settleAll()
    expect(reading.ended?.reason.vendorCode).toBe('going_away')
  })
})

it('finds the new owner of what it has mirrored when it goes on', async () => {
  const { house, one, two, first, second } = await pair()
  const three = house.add('three')
  const third = await three.join()
  const reading = await second.read('0.0')
  await first.say('hello')
  await settleAll()
  two.freeze()
  one.die()
  await settleAll()
  const { message_id } = await third.say('again')
  await settleAll()
  two.thaw()
  await vi.waitFor(() =>
    expect(reading.sent.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ type: 'user_message', message_id }),
    ),
  )
})

describe('a process that is drained', () => {
  it('hands its sessions over, and readers elsewhere read on', async () => {
    const { house, one, two, first, second } = await pair()
    const there = await first.read('0.0')
    const here = await second.read('0.0')
    await first.say('hello')
    await first.say('next')
    await settle()
    one.model.calls[0]?.say('half')
    const drained = one.chat.drain(0)
    await vi.waitFor(() => expect(two.model.calls).toHaveLength(1))
    await drained
    expect(there.ended?.reason.vendorCode).toBe('going_away')
    expect(here.ended).toBeUndefined()
    expect(here.types).not.toContain('rewind')
    expect([...house.store.kept('s').runs.values()].map(({ status }) => status)).toEqual([
      'interrupted',
      'running',
    ])
    two.model.calls[0]?.end()
    await settleAll()
    expect(here.types.at(-1)).toBe('run_end')
  })

  it('hands over at once what is at rest, while other runs end', async () => {
    const { house, one, two, second } = await pair()
    const here = await second.read('0.0')
    await (await one.join('busy')).say('hello')
    await settle()
    const drained = one.chat.drain(60_000)
    await vi.waitFor(async () => expect((await second.say('hello')).status).toBe('started'))
    await settleAll()
    expect(two.model.calls).toHaveLength(1)
    expect(here.types.at(-1)).toBe('run_start')
    // Whoever still takes it for the owner is told to ask again.
    const asked = createReplicaCalls(house.hub.join('three')).ask('one', 'chat.where', {
      key: { owner: 'anonymous', id: 's' },
    })
    await expect(asked).rejects.toMatchObject({ vendorCode: 'session_moved' })
    one.model.calls[0]?.end()
    await drained
  })

  it('lets its run end first', async () => {
    const { one, second } = await pair()
    const here = await second.read('0.0')
    await second.say('hello')
    await settle()
    one.model.calls[0]?.say('all')
    const drained = one.chat.drain(5_000)
    await settleAll()
    one.model.calls[0]?.say(' of it')
    one.model.calls[0]?.end()
    await drained
    await settleAll()
    expect(here.sent.at(-1)?.event).toMatchObject({ status: 'done', result: 'all of it' })
    await vi.waitFor(async () => expect((await second.say('more')).status).toBe('started'))
  })

  it('sends the readers of its mirrors away when their run has ended', async () => {
    const { one, two, second } = await pair()
    const here = await second.read('0.0')
    await second.say('hello')
    await settleAll()
    const drained = two.chat.drain(60_000)
    await settleAll()
    expect(here.ended).toBeUndefined()
    one.model.calls[0]?.end()
    await drained
    expect(here.ended?.reason.vendorCode).toBe('going_away')
    expect(here.types.at(-1)).toBe('run_end')
  })
})

describe('one process alone', () => {
  it('has no neighbours, and needs none', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('hello')
    await settle()
    expect(reading.types).toEqual(['user_message', 'session_updated', 'run_start'])
  })
})
