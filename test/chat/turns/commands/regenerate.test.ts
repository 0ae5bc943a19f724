/** Makes another answer. */
import { describe, expect, it } from 'vitest'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { eventsOf, exchange, shown } from '../../../tools/chat/commands.ts'

describe('regenerate', () => {
  it('makes a sibling of the answer, named by the answer or by its question', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { message_id: question = '' } = await exchange(house, visit, 'one', '1')
    const answer = (await visit.session.history())[1]?.message_id ?? ''
    for (const message_id of [answer, question]) {
      const outcome = await visit.command({ type: 'regenerate', message_id, model: 'other' })
      expect(outcome).toMatchObject({ status: 'started', message_id: question })
      await settle()
      house.model.calls.at(-1)?.say('again')
      house.model.calls.at(-1)?.end()
      await settle()
    }
    expect(house.model.calls.at(-1)?.call.request.model).toBe('other')
    const messages = [...house.store.kept('s').messages.values()]
    expect(messages.map(({ parentId }) => parentId)).toEqual([null, question, question, question])
    expect(await shown(visit)).toEqual(['one', 'again'])
    expect(house.store.kept('s').session.title).toBe('one')
  })

  it('waits for the run in progress, and is in the queue by an id of its own', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    const { message_id = '' } = await visit.say('one')
    const queued = await visit.command({ type: 'regenerate', message_id })
    expect(queued.status).toBe('queued')
    expect(eventsOf(reading.sent, 'queued')).toMatchObject([{ message_id: queued.message_id }])
    await settle()
    house.model.calls[0]?.end()
    await settle()
    expect(eventsOf(reading.sent, 'run_start').at(-1)).toMatchObject({
      message_id: queued.message_id,
      parent_id: message_id,
    })
  })
})
