/** Asks again with other words. */
import { describe, expect, it } from 'vitest'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { codeOf, exchange, shown } from '../../../tools/chat/commands.ts'

describe('edit', () => {
  it('makes a sibling, and the earlier branch stays', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await exchange(house, visit, 'one', '1')
    const { message_id = '' } = await exchange(house, visit, 'two', '2')
    const reading = await visit.read()
    await visit.command({ type: 'edit', message_id, content: 'second' })
    await settle()
    house.model.calls[2]?.say('II')
    house.model.calls[2]?.end()
    await settle()
    expect(house.model.calls[2]?.turns.map(({ text }) => text)).toEqual(['one', '1', 'second'])
    expect(reading.types.slice(0, 3)).toEqual(['head', 'user_message', 'run_start'])
    expect(await shown(visit)).toEqual(['one', '1', 'second', 'II'])
    const contents = [...house.store.kept('s').messages.values()].map(({ content }) => content)
    expect(contents).toEqual(['one', '1', 'two', '2', 'second', 'II'])
  })

  it('of the first message begins the session anew', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { message_id = '' } = await exchange(house, visit, 'one', '1')
    await visit.command({ type: 'edit', message_id, content: 'uno' })
    await settle()
    expect(house.model.calls[1]?.turns).toEqual([{ role: 'user', text: 'uno' }])
    expect((await visit.session.history())[0]?.parent_id).toBeNull()
  })

  it('refuses what is not there, and answers', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await exchange(house, visit, 'one', '1')
    const answer = (await visit.session.history())[1]?.message_id ?? ''
    expect(await codeOf(visit.command({ type: 'edit', message_id: 'no', content: 'x' }))).toBe(
      'not_found message_id',
    )
    expect(await codeOf(visit.command({ type: 'edit', message_id: answer, content: 'x' }))).toBe(
      'invalid_request message_id',
    )
    expect(await codeOf(visit.say('  '))).toBe('invalid_request content')
    expect(await codeOf(visit.say('x'.repeat(256 * 1024 + 1)))).toBe('request_too_large content')
  })
})
