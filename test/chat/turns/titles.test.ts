/** Titles by a model: after the first answer, as a call of the user, and never in place of what a user wrote. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { GatewayError } from '#model'
import { chatHouse, type HouseOptions, settle, visitor } from '../../tools/chat/chat-house.ts'

afterEach(() => void vi.useRealTimers())

const start = async (options: HouseOptions = {}) => {
  const house = chatHouse({ set: { titleModel: 'small' }, ...options })
  const visit = await house.join()
  const reading = await visit.read()
  const titles = () =>
    reading.sent.flatMap(({ event }) => (event.type === 'session_updated' ? [event.title] : []))
  /** Asks, and ends the answer. */
  const ask = async (content = 'Wo ist meine Rechnung?') => {
    await visit.say(content)
    await settle()
    const answer = house.model.calls.at(-1)
    answer?.say('Im Postfach.')
    answer?.end()
    await settle()
  }
  return { house, visit, reading, titles, ask, calls: house.model.calls }
}

describe('a title', () => {
  it('is asked of its model when the first answer has ended, and readers learn of it', async () => {
    const { house, titles, ask, calls } = await start()
    await ask()
    expect(calls).toHaveLength(2)
    const { request, caller, tags } = calls[1]?.call ?? {}
    expect([request?.model, tags]).toEqual(['small', 'title'])
    expect(caller).toBe(calls[0]?.call.caller)
    expect(JSON.stringify(request?.turns)).toContain('Wo ist meine Rechnung?')
    expect(JSON.stringify(request?.turns)).toContain('Im Postfach.')
    expect(titles()).toEqual(['Wo ist meine Rechnung?'])
    calls[1]?.say('„Suche nach ', 'der Rechnung“\n\nmore')
    calls[1]?.end()
    await settle()
    expect(titles()).toEqual(['Wo ist meine Rechnung?', 'Suche nach der Rechnung'])
    const { session } = house.store.kept('s')
    expect(session).toMatchObject({ title: 'Suche nach der Rechnung', titledBy: 'model' })
    await ask('Und nun?')
    expect(calls).toHaveLength(3)
    expect(house.faults).toEqual([])
  })

  it('has one line of at most 60 characters', async () => {
    const { house, ask, calls } = await start()
    await ask()
    calls[1]?.say(`\n  \n# **${'😀'.repeat(100)}**`)
    calls[1]?.end()
    await settle()
    expect(house.store.kept('s').session.title).toBe('😀'.repeat(60))
  })

  it('that a user writes meanwhile stays', async () => {
    const { house, ask, calls } = await start()
    await ask()
    await house.chat.resources.patch(visitor(), 's', { title: 'mine' })
    calls[1]?.say('its own')
    calls[1]?.end()
    await settle()
    expect(house.store.kept('s').session).toMatchObject({ title: 'mine', titledBy: 'user' })
  })

  it('is not asked for if the user has written one, or if no model is configured', async () => {
    const named = chatHouse({ set: { titleModel: 'small' } })
    await named.chat.resources.create(visitor(), { id: 's', title: 'mine' })
    const nameless = chatHouse()
    for (const house of [named, nameless]) {
      await (await house.join()).say('hello')
      await settle()
      house.model.calls[0]?.end()
      await settle()
      expect(house.model.calls).toHaveLength(1)
    }
  })

  it('comes within five seconds or never, and delays nobody', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { house, visit, titles, ask, calls } = await start()
    await ask()
    expect((await visit.say('next')).status).toBe('started')
    await vi.advanceTimersByTimeAsync(4_900)
    expect(calls[1]?.call.signal.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(200)
    expect(calls[1]?.call.signal.aborted).toBe(true)
    await settle()
    expect(titles()).toHaveLength(1)
    expect(house.faults).toEqual([])
  })

  it('that fails is not missed by anybody', async () => {
    const { house, reading, titles, ask, calls } = await start()
    await ask()
    calls[1]?.fail(new GatewayError('upstream_failed', 'no'))
    await settle()
    expect(titles()).toHaveLength(1)
    expect(reading.types).not.toContain('error')
    expect(house.faults).toEqual([])
  })

  it('of a session that is deleted meanwhile harms nobody', async () => {
    const { house, ask, calls } = await start()
    await ask()
    await house.chat.resources.delete(visitor(), 's')
    calls[1]?.say('late')
    calls[1]?.end()
    await settle()
    expect(house.faults).toEqual([])
  })
})
