/** Several processes with the sessions of one store. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { GatewayError } from '#model'
import { settle } from '../../../tools/chat/chat-house.ts'
import { replicaHouse, settleAll } from '../../../tools/chat/replica-house.ts'

afterEach(() => void vi.useRealTimers())

const pair = () => {
  const house = replicaHouse()
  return { house, one: house.add('one'), two: house.add('two') }
}

describe('a session that another process has in memory', () => {
  it('is read there and here alike', async () => {
    const { one, two } = pair()
    const first = await one.join()
    const reading = await first.read('0.0')
    const second = await two.join()
    const mirrored = await second.read('0.0')
    await first.say('hello')
    await settle()
    one.model.calls[0]?.say('a', 'b')
    one.model.calls[0]?.end()
    await settleAll()
    expect(mirrored.text).toBe('ab')
    expect(mirrored.sent).toEqual(reading.sent)
    expect(second.session.head).toBe(first.session.head)
    expect(second.session.position).toEqual(first.session.position)
  })

  it('is joined with what was before, and the answer in progress', async () => {
    const { one, two } = pair()
    const first = await one.join()
    const reading = await first.read('0.0')
    await first.say('hello')
    await settle()
    one.model.calls[0]?.say('a', 'b', 'c')
    const second = await two.join()
    expect(second.session.activeRun).toBe(first.session.activeRun)
    expect((await second.session.snapshot()).messages).toEqual(await first.session.history())
    const mirrored = await second.read('0.0')
    one.model.calls[0]?.say('d')
    await settleAll()
    expect(mirrored.text).toBe('abcd')
    expect(mirrored.types).toEqual(reading.types)
  })

  it('takes commands from here, and answers them there', async () => {
    const { one, two } = pair()
    await one.join()
    const second = await two.join()
    const reading = await second.read()
    const { status, position } = await second.say('hello', { client_message_id: 'c1' })
    expect(status).toBe('started')
    // What was asked for is in the log of whoever asked.
    expect(reading.types).toContain('run_start')
    expect(position).toBe('1.0')
    expect(two.model.calls).toHaveLength(0)
    expect(one.model.calls).toHaveLength(1)
    one.model.calls[0]?.end()
    await settleAll()
    expect((await second.say('hello', { client_message_id: 'c1' })).status).toBe('repeated')
    expect(one.model.calls).toHaveLength(1)
  })
})

describe('a mirror', () => {
  it('gets a log of any length', async () => {
    const { one, two } = pair()
    const first = await one.join()
    const text = 'é"'.repeat(200_000)
    await first.say('hello')
    await settle()
    one.model.calls[0]?.say(text)
    const mirrored = await (await two.join()).read('0.0')
    expect(mirrored.text).toBe(text)
    expect(mirrored.types.slice(0, 2)).toEqual(['user_message', 'session_updated'])
  })

  it('does not rewind a reader that is ahead of it alone', async () => {
    const { house, one, two } = pair()
    const first = await one.join()
    await (await two.join()).read()
    await first.say('hello')
    await settleAll()
    // What comes now is on its way when the reader asks.
    house.hub.freeze('two')
    one.model.calls[0]?.say('a', 'b')
    const { position } = first.session
    const reading = (await two.join()).read(`${position.epoch}.${position.seq}`)
    await settle()
    house.hub.thaw('two')
    await settleAll()
    one.model.calls[0]?.say('c')
    await settleAll()
    expect((await reading).types).toEqual(['token'])
    expect((await reading).text).toBe('c')
  })

  it('judges a reader that is ahead of the owner, too', async () => {
    const { one, two } = pair()
    await one.join()
    const reading = await (await two.join()).read('1.50')
    expect(reading.sent[0]?.event).toEqual({ type: 'rewind', to: '1.0' })
  })

  it('learns of a new epoch', async () => {
    const { house, one, two } = pair()
    const first = await one.join()
    const second = await two.join()
    const reading = await second.read('0.0')
    house.store.afterAppend = () => {
      house.store.afterAppend = undefined
      throw new GatewayError('store_unavailable', 'Nobody knows.')
    }
    await expect(first.say('hello')).rejects.toThrow()
    await vi.waitFor(() => expect(house.store.kept('s').epoch).toBe(2))
    await settleAll()
    expect(second.session.position).toEqual(first.session.position)
    expect(second.session.position.epoch).toBe(2)
    expect((await second.read(`2.${second.session.position.seq}`)).types).toEqual([])
    expect((await second.read('1.4')).sent[0]?.event).toEqual({ type: 'rewind', to: '1.3' })
    expect(reading.types).toContain('run_end')
  })

  it('forgets the words that the owner forgets', async () => {
    const { one, two } = pair()
    const first = await one.join()
    const second = await two.join()
    await second.read('0.0')
    await first.say('secret')
    await settle()
    one.model.calls[0]?.end()
    await settleAll()
    await second.command({ type: 'clear_history' })
    const reading = await second.read('0.0')
    expect(reading.types).toEqual(['snapshot'])
    expect(second.session.head).toBeNull()
  })

  it('begins again when it has missed something', async () => {
    const { house, one, two } = pair()
    const first = await one.join()
    const second = await two.join()
    const reading = await second.read('0.0')
    await first.say('hello')
    await settleAll()
    house.hub.drop('one', 'two', 2)
    one.model.calls[0]?.say('a', 'b', 'c')
    await settleAll()
    one.model.calls[0]?.end()
    await settleAll()
    expect(reading.text).toBe('abc')
    expect(reading.types.filter((type) => type === 'rewind')).toEqual([])
    expect(reading.types.at(-1)).toBe('run_end')
  })

  it('begins again in the middle of an answer, without a piece that is missing or comes twice', async () => {
    const { house, one, two } = pair()
    const first = await one.join()
    const reading = await (await two.join()).read('0.0')
    await first.say('hello')
    await settleAll()
    let text = ''
    for (let at = 0; at < 60; at++) {
      if (at % 20 === 5) house.hub.drop('one', 'two')
      text += `${at} `
      one.model.calls[0]?.say(`${at} `)
      await new Promise((resolve) => void setImmediate(resolve))
    }
    await settleAll()
    expect(reading.text).toBe(text)
    expect(reading.types).not.toContain('rewind')
  })

  it('takes nothing twice that was on its way while it asked', async () => {
    const { house, one, two } = pair()
    const first = await one.join()
    const reading = await (await two.join()).read('0.0')
    await first.say('hello')
    await settleAll()
    house.hub.drop('one', 'two')
    // That it reads no more.
    house.hub.drop('two', 'one')
    one.model.calls[0]?.say('a')
    house.hub.freeze('one')
    one.model.calls[0]?.say('b')
    await settleAll()
    house.hub.thaw('one')
    await settleAll()
    one.model.calls[0]?.say('c')
    await settleAll()
    expect(reading.text).toBe('abc')
  })

  it('is still told when what it said before arrives late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { house, one, two } = pair()
    const first = await one.join()
    const reading = await (await two.join()).read('0.0')
    await first.say('hello')
    await settleAll()
    house.hub.drop('one', 'two')
    house.hub.drop('two', 'one')
    one.model.calls[0]?.say('a')
    await settleAll()
    await vi.advanceTimersByTimeAsync(5_000)
    await settleAll()
    one.model.calls[0]?.say('b')
    await settleAll()
    expect(reading.text).toBe('ab')
  })

  it('asks for the end that it has missed', async () => {
    const { house, one, two } = pair()
    const first = await one.join()
    const reading = await (await two.join()).read('0.0')
    await first.say('hello')
    await settleAll()
    house.hub.drop('one', 'two', 5)
    one.model.calls[0]?.say('a')
    one.model.calls[0]?.end()
    await settleAll()
    house.hub.drop('one', 'two', 0)
    await settleAll()
    expect(reading.types.at(-1)).toBe('run_end')
  })

  it('does not keep a slow reader from reading on when its session moves', async () => {
    const { one, two } = pair()
    const first = await one.join()
    const reading = await (await two.join()).read('0.0')
    reading.isFull = true
    await first.say('hello')
    await settleAll()
    expect(reading.types).toEqual(['user_message'])
    one.die()
    await settleAll()
    expect(reading.types).toEqual(['user_message'])
    reading.isFull = false
    reading.following.resume()
    await vi.waitFor(() => expect(reading.types.at(-1)).toBe('run_end'))
    expect(reading.types).toEqual(['user_message', 'session_updated', 'run_start', 'run_end'])
  })

  it('is left when nobody is in it, and the owner may then forget the session', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const { house, one, two } = pair()
    const first = await one.join()
    const second = await two.join()
    first.session.leave()
    await vi.advanceTimersByTimeAsync(60_000)
    await settleAll()
    const owner = house.hub.join('three')
    expect(await owner.claim('session anonymous s')).toBe('one')
    second.session.leave()
    for (let seconds = 0; seconds < 20; seconds++) {
      await vi.advanceTimersByTimeAsync(1_000)
      await settle()
    }
    expect(await owner.claim('session anonymous s')).toBe('three')
  })
})

describe('a session that nobody has in memory', () => {
  it('is opened by one of those that ask at the same time', async () => {
    const house = replicaHouse()
    const all = ['one', 'two', 'three'].map((name) => house.add(name))
    const visits = await Promise.all(all.map((replica) => replica.join()))
    expect(house.store.kept('s').epoch).toBe(1)
    const readings = await Promise.all(visits.map((visit) => visit.read('0.0')))
    await visits[2]?.say('hello')
    await settleAll()
    for (const { types } of readings)
      expect(types).toEqual(['user_message', 'session_updated', 'run_start'])
  })
})
