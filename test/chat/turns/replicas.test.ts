/** Several processes with the sessions of one store. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { settle, visitor } from '../../tools/chat/chat-house.ts'
import { replicaHouse, settleAll } from '../../tools/chat/replica-house.ts'

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

describe('an owner that is killed', () => {
  it('is followed by a process whose readers have seen more than was stored', async () => {
    const { house, one, two } = pair()
    const first = await one.join()
    const second = await two.join()
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
    expect(await two.chat.resources.read(visitor(), 's')).toMatchObject({
      active_run: second.session.activeRun,
    })
  })
})
