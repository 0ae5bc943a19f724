/** Readers with positions, at their own speed. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { BEGINNING } from '#runs'
import {
  chatHouse,
  readSession,
  settle,
  type ChatHouse,
  type Visit,
} from '../../tools/chat/chat-house.ts'

afterEach(() => void vi.useRealTimers())

const startAnswer = async (house: ChatHouse, visit: Visit, ...pieces: string[]) => {
  await visit.say('hello')
  await settle()
  house.model.calls.at(-1)?.say(...pieces)
}

describe('a reader', () => {
  it('without a position reads from now on', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'a', 'b')
    const reading = await visit.read()
    house.model.calls[0]?.say('c')
    expect(reading.text).toBe('c')
  })

  it('gets every event after its position once, wherever it comes back', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'a', 'b', 'c')
    house.model.calls[0]?.end()
    await settle()
    const all = await visit.read('0.0')
    const { length } = all.sent
    for (let seq = 0; seq <= length; seq++) {
      const reading = await visit.read(`1.${seq}`)
      expect(reading.sent).toEqual(all.sent.slice(seq))
    }
  })

  it('gets what comes while it comes back', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'a')
    const following = visit.read('0.0')
    house.model.calls[0]?.say('b')
    const reading = await following
    house.model.calls[0]?.say('c')
    expect(reading.text).toBe('abc')
  })

  it('can read a session in the tick in which it is made', async () => {
    const house = chatHouse()
    const visits = await Promise.all(Array.from({ length: 50 }, () => house.join('new')))
    expect(visits.filter(({ session }) => session.isNew)).toHaveLength(1)
    const readings = await Promise.all(visits.map((visit) => visit.read('0.0')))
    await startAnswer(house, visits[0] as Visit, 'a')
    expect(new Set(readings.map(({ text }) => text))).toEqual(new Set(['a']))
  })
})

describe('a position', () => {
  it('ahead of the log is rewound first', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'a')
    const reading = await visit.read('1.99')
    expect(reading.sent[0]?.event).toEqual({ type: 'rewind', to: '1.6' })
    house.model.calls[0]?.say('b')
    expect(reading.text).toBe('b')
  })

  it('of an epoch that is to come is rewound to the beginning', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'a')
    const reading = await visit.read('7.2')
    expect(reading.sent[0]?.event).toEqual({ type: 'rewind', to: '0.0' })
    expect(reading.types.slice(1, 4)).toEqual(['user_message', 'session_updated', 'run_start'])
  })

  it('from before the kept events gets the messages, with the answer so far', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'first')
    house.model.calls[0]?.end()
    await settle()
    await vi.advanceTimersByTimeAsync(10 * 60 * 1000)
    expect(house.store.kept('s').events).toEqual([])
    await startAnswer(house, visit, 'sec', 'ond')
    const reading = await visit.read('0.0')
    expect(reading.types).toEqual(['snapshot'])
    expect(reading.sent[0]?.event).toMatchObject({
      position: `1.${visit.session.position.seq}`,
      messages: [
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'first', status: 'done' },
        { role: 'user', content: 'hello' },
        { role: 'assistant', content: 'second', status: 'running' },
      ],
    })
    house.model.calls[1]?.say('!')
    expect(reading.text).toBe('!')
    expect(reading.following.position).toEqual(visit.session.position)
  })

  it('gets what comes while the messages are read, once', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'a')
    await visit.command({ type: 'cancel' })
    await visit.command({ type: 'clear_history' })
    await startAnswer(house, visit, 'b')
    const reading = visit.read('0.0')
    house.model.calls[1]?.say('c')
    await visit.command({ type: 'cancel' })
    const { sent } = await reading
    await settle()
    const snapshot = sent[0]?.event
    const before = snapshot?.type === 'snapshot' ? snapshot.messages.at(-1)?.content : undefined
    const after = sent.map(({ event }) => (event.type === 'token' ? event.token : '')).join('')
    expect(`${before}${after}`).toBe('bc')
  })
})

describe('a slow reader', () => {
  it('gets everything when it reads again', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    reading.isFull = true
    await startAnswer(house, visit, ...'abcdef')
    expect(reading.sent).toHaveLength(1)
    reading.isFull = false
    reading.following.resume()
    expect(reading.text).toBe('abcdef')
  })

  it('gets the text of one part joined if much of it waits', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    reading.isFull = true
    const pieces = Array.from({ length: 900 }, (_, at) => `${at} `)
    await startAnswer(house, visit, ...pieces)
    reading.isFull = false
    reading.following.resume()
    expect(reading.text).toBe(pieces.join(''))
    expect(reading.sent.length).toBeLessThan(100)
    expect(reading.following.position).toEqual(visit.session.position)
  })

  it('is sent away with its position after five seconds, and the others read on', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const house = chatHouse()
    const visit = await house.join()
    const [slow, fast] = [await visit.read(), await visit.read()]
    slow.isFull = true
    await startAnswer(house, visit, ...Array.from({ length: 1_100 }, () => 'x'))
    await vi.advanceTimersByTimeAsync(4_900)
    expect(slow.ended).toBeUndefined()
    await vi.advanceTimersByTimeAsync(200)
    expect(slow.ended).toMatchObject({
      reason: { vendorCode: 'slow_reader' },
      position: { epoch: 1, seq: 1 },
    })
    const again = await visit.read('1.1')
    expect(again.text).toBe(fast.text)
  })

  it('that is full of a snapshot gets the rest when it reads again', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'a')
    await visit.command({ type: 'clear_history' })
    const sent: string[] = []
    let isFull = true
    const following = await visit.session.follow(BEGINNING, {
      take(events) {
        sent.push(...events.map(({ event }) => event.type))
        return !isFull
      },
      end: () => undefined,
    })
    await startAnswer(house, visit, 'b', 'c')
    expect(sent).toEqual(['snapshot'])
    isFull = false
    following.resume()
    expect(sent.slice(1)).toEqual([
      'user_message',
      'run_start',
      'llm_start',
      'part_start',
      'token',
      'token',
    ])
  })

  it('that fails is sent away, and the run and the others go on', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const ended: string[] = []
    await visit.session.follow(undefined, {
      take() {
        throw new Error('it cannot read this')
      },
      end: ({ code }) => void ended.push(code),
    })
    const reading = await visit.read()
    await startAnswer(house, visit, 'a', 'b')
    house.model.calls[0]?.end()
    await settle()
    expect(ended).toEqual(['internal'])
    expect(reading.text).toBe('ab')
    expect(reading.types.at(-1)).toBe('run_end')
  })

  it('may say that it takes more before it answers that it is full', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const sent: string[] = []
    const place: { following?: { resume(): void } } = {}
    place.following = await visit.session.follow(undefined, {
      take(events) {
        sent.push(...events.map(({ event }) => event.type))
        place.following?.resume()
        return false
      },
      end: () => undefined,
    })
    await startAnswer(house, visit, 'a', 'b')
    expect(sent.filter((type) => type === 'token')).toHaveLength(2)
  })

  it('may stop while it takes what is there', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await startAnswer(house, visit, 'a')
    let taken = 0
    const place: { following?: { stop(): void } } = {}
    place.following = await visit.session.follow(BEGINNING, {
      take() {
        taken++
        place.following?.stop()
        return true
      },
      end: () => undefined,
    })
    const before = taken
    place.following.stop()
    house.model.calls[0]?.say('b')
    expect(taken).toBe(before)
  })

  it('stops without being told of anything', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await readSession(visit.session, undefined)
    reading.following.stop()
    await startAnswer(house, visit, 'a')
    expect(reading.sent).toEqual([])
    expect(reading.ended).toBeUndefined()
  })
})

describe('two sessions', () => {
  it('run at the same time, and each has its own events', async () => {
    const house = chatHouse()
    const [one, other] = [await house.join('one'), await house.join('other')]
    const [first, second] = [await one.read(), await other.read()]
    await one.say('1')
    await other.say('2')
    await settle()
    expect(house.chat.running).toBe(2)
    for (const piece of 'abc') for (const call of house.model.calls) call.say(piece)
    expect([first.text, second.text]).toEqual(['abc', 'abc'])
    expect(first.sent.map(({ seq }) => seq)).toEqual(second.sent.map(({ seq }) => seq))
  })

  it('of two owners may have one id', async () => {
    const house = chatHouse()
    const mine = await house.join('s', { id: 'me' })
    const yours = await house.join('s', { id: 'you' })
    const reading = await yours.read('0.0')
    await startAnswer(house, mine, 'secret')
    expect(reading.sent).toEqual([])
    expect(yours.session.isNew).toBe(true)
  })
})
