/** Empties a session. */
import { describe, expect, it } from 'vitest'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { exchange, shown } from '../../../tools/chat/commands.ts'

describe('clear_history', () => {
  it('ends what is in progress, and leaves nothing of it', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await exchange(house, visit, 'secret', '1')
    await visit.say('two')
    await visit.say('three')
    await visit.command({ type: 'clear_history' })
    await settle()
    expect(house.model.calls).toHaveLength(2)
    expect(house.model.calls[1]?.isStopped).toBe(true)
    expect(await shown(visit)).toEqual([])
    expect(visit.session.head).toBeNull()
    const { messages, runs, queue, events } = house.store.kept('s')
    expect([messages.size, runs.size, queue.size]).toEqual([0, 0, 0])
    expect(JSON.stringify(events)).not.toContain('secret')
    const reading = await visit.read('0.0')
    expect(JSON.stringify(reading.sent)).not.toContain('secret')
    await exchange(house, visit, 'new', 'n')
    expect(await shown(visit)).toEqual(['new', 'n'])
  })
})
