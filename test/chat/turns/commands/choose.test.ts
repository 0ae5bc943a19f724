/** Shows another branch. */
import { describe, expect, it } from 'vitest'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { codeOf, exchange, shown } from '../../../tools/chat/commands.ts'

describe('choose', () => {
  it('shows another branch to its end', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { message_id = '' } = await exchange(house, visit, 'one', '1')
    await exchange(house, visit, 'two', '2')
    await visit.command({ type: 'edit', message_id, content: 'uno' })
    await settle()
    house.model.calls.at(-1)?.end()
    await settle()
    const reading = await visit.read()
    await visit.command({ type: 'choose', message_id })
    expect(await shown(visit)).toEqual(['one', '1', 'two', '2'])
    expect(reading.sent.map(({ event }) => event)).toEqual([
      { type: 'head', message_id: visit.session.head },
    ])
    await exchange(house, visit, 'three', '3')
    expect(await shown(visit)).toEqual(['one', '1', 'two', '2', 'three', '3'])
  })

  it('refuses a message that is not there', async () => {
    const visit = await chatHouse().join()
    expect(await codeOf(visit.command({ type: 'choose', message_id: 'no' }))).toBe(
      'not_found message_id',
    )
  })
})
