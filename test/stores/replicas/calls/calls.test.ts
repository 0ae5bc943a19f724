/** Questions between processes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { createReplicaCalls, type ReplicaCalls, type Replicas } from '#stores'
import { createFaultyHub, type FaultyHub } from '../../../tools/stores/replicas/faulty-hub.ts'

let hub: FaultyHub
let a: Replicas
let b: Replicas
let asking: ReplicaCalls
let answering: ReplicaCalls

beforeEach(() => {
  hub = createFaultyHub()
  a = hub.join('a')
  b = hub.join('b')
  asking = createReplicaCalls(a)
  answering = createReplicaCalls(b)
})

describe('a question', () => {
  it('is answered by the other process, which learns who asks', async () => {
    answering.on('add', async (value, from) => [value, from])
    expect(await asking.ask(b.self, 'add', { n: 1, of: ['ü', null] })).toEqual([
      { n: 1, of: ['ü', null] },
      a.self,
    ])
  })

  it('may be for the own process', async () => {
    asking.on('name', () => 'me')
    expect(await asking.ask(a.self, 'name', null)).toBe('me')
  })

  it.each([undefined, null, 0, '', false, [], {}])('may be answered by %j', async (answer) => {
    answering.on('any', () => answer)
    expect(await asking.ask(b.self, 'any', 1)).toEqual(answer)
  })

  it('fails with the error of the other process, field by field', async () => {
    const details = {
      status: 418,
      param: 'message_id',
      vendorCode: 'message_not_found',
      vendorType: 'kind',
      retryAfterMs: 250,
    }
    answering.on('fail', () => {
      throw new GatewayError('not_found', 'There is no such message.', details)
    })
    const error = await asking.ask(b.self, 'fail', {}).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(GatewayError)
    expect(error).toMatchObject({
      code: 'not_found',
      message: 'There is no such message.',
      ...details,
    })
  })

  it('fails with the status of the code if the error has no other', async () => {
    answering.on('fail', async () => {
      throw new GatewayError('conflict', 'It is busy.')
    })
    const error = await asking.ask(b.self, 'fail', {}).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'conflict', status: 409, param: undefined })
  })

  it('tells nothing of a fault that is not for callers', async () => {
    answering.on('fail', () => {
      throw new TypeError('secret of line 7')
    })
    const error = await asking.ask(b.self, 'fail', {}).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'internal' })
    expect(String(error)).not.toContain('secret')
  })

  it('that the other process does not know is unavailable at once', async () => {
    await expect(asking.ask(b.self, 'unknown', {})).rejects.toMatchObject({
      code: 'store_unavailable',
    })
  })

  it('is unavailable as soon as the other process is gone', async () => {
    answering.on('never', () => new Promise(() => undefined))
    const asked = asking.ask(b.self, 'never', {}, 60_000)
    hub.kill(b.self)
    await expect(asked).rejects.toMatchObject({ code: 'store_unavailable', status: 503 })
  })

  it('to a process that never was is unavailable', async () => {
    await expect(asking.ask('nobody', 'any', {}, 60_000)).rejects.toMatchObject({
      code: 'store_unavailable',
    })
  })

  it('is unavailable when its time has passed, and a late answer is ignored', async () => {
    answering.on('late', async (value) => value)
    hub.freeze(b.self)
    await expect(asking.ask(b.self, 'late', 1, 20)).rejects.toMatchObject({
      code: 'store_unavailable',
      retryAfterMs: 1000,
    })
    hub.thaw(b.self)
    expect(await asking.ask(b.self, 'late', 2)).toBe(2)
  })

  it('is answered by nobody but the process that was asked', async () => {
    const c = hub.join('c')
    answering.on('slow', async () => {
      c.send(a.self, JSON.stringify([1, 'forged']))
      await sleep(20)
      return 'own'
    })
    expect(await asking.ask(b.self, 'slow', {})).toBe('own')
  })

  it('of many is answered each by its own', async () => {
    answering.on('later', async (value) => {
      await sleep(Number(value) % 3)
      return value
    })
    const numbers = Array.from({ length: 50 }, (_, at) => at)
    expect(await Promise.all(numbers.map((number) => asking.ask(b.self, 'later', number)))).toEqual(
      numbers,
    )
  })
})

describe('what is told', () => {
  it('arrives in order, and a fault in hearing it hurts nobody', async () => {
    const heard: unknown[] = []
    answering.on('note', (value) => {
      heard.push(value)
      throw new Error('no')
    })
    for (let n = 0; n < 5; n++) asking.tell(b.self, 'note', n)
    asking.tell(b.self, 'unknown', 0)
    await expect.poll(() => heard).toEqual([0, 1, 2, 3, 4])
  })

  it('is ignored if it is no question and no answer', async () => {
    answering.on('ok', () => 'yes')
    for (const text of ['', '{', 'null', '7', '{}', '[]', '[null]', '[7]', '[7,0,{}]', '[{}]'])
      a.send(b.self, text)
    expect(await asking.ask(b.self, 'ok', 0)).toBe('yes')
  })
})

describe('an event', () => {
  it('is told until its listener leaves', async () => {
    const heard: unknown[] = []
    const end = asking.onEvent({
      missed: (from) => heard.push(['missed', from]),
      gone: (replica) => heard.push(['gone', replica]),
      lost: (names) => heard.push(['lost', names]),
    })
    asking.onEvent({})
    hub.drop(b.self, a.self)
    answering.tell(a.self, 'any', 0)
    await expect.poll(() => heard).toEqual([['missed', 'b']])
    await a.claim('mine')
    hub.expire(a.self)
    hub.thaw(a.self)
    await expect
      .poll(() => heard.slice(1))
      .toEqual([
        ['lost', ['mine']],
        ['missed', 'b'],
      ])
    end()
    hub.kill(b.self)
    await expect(asking.ask(b.self, 'any', 0)).rejects.toThrow()
    expect(heard.length).toBe(3)
  })
})
