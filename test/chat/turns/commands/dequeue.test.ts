/** Takes a message out of the queue. */
import { describe, expect, it } from 'vitest'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { codeOf, eventsOf } from '../../../tools/chat/commands.ts'

describe('dequeue', () => {
  it('removes a message that waits, and no other', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    await visit.say('one')
    const ids: string[] = []
    for (let at = 0; at < 5; at++) ids.push((await visit.say(`queued ${at}`)).message_id ?? '')
    await visit.command({ type: 'dequeue', message_id: ids[2] ?? '' })
    expect(eventsOf(reading.sent, 'dequeued')).toEqual([{ type: 'dequeued', message_id: ids[2] }])
    for (let at = 0; at < 5; at++) {
      await settle()
      house.model.calls.at(-1)?.end()
    }
    await settle()
    expect(house.model.calls.map(({ turns }) => turns.at(-1)?.text.split('|').at(-1))).toEqual([
      'one',
      'queued 0',
      'queued 1',
      'queued 3',
      'queued 4',
    ])
    expect(await codeOf(visit.command({ type: 'dequeue', message_id: ids[2] ?? '' }))).toBe(
      'not_found message_id',
    )
  })
})
