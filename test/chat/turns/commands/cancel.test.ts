/** Stops a run or a message that waits, and the model of the next turn learns of it. */
import { describe, expect, it } from 'vitest'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { shown } from '../../../tools/chat/commands.ts'

describe('cancel', () => {
  it('stops the model at once, and keeps what it has said', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const reading = await visit.read()
    const { run_id } = await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('par', 'tial')
    const outcome = await visit.command({ type: 'cancel' })
    expect(outcome).toMatchObject({ status: 'done', run_id })
    expect(house.model.calls[0]?.isStopped).toBe(true)
    expect(reading.sent.at(-1)?.event).toMatchObject({
      type: 'run_end',
      status: 'cancelled',
      result: 'partial',
      cost_summary: { completion_tokens: 2, total_cost: 2 },
    })
    expect(reading.sent.at(-1)?.event).not.toHaveProperty('error')
    expect(await shown(visit)).toEqual(['hello', 'partial (cancelled)'])
  })

  it('stops a run before its first token, and the next message is answered', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    expect((await visit.command({ type: 'cancel' })).status).toBe('done')
    await settle()
    house.model.calls[0]?.say('too late')
    await settle()
    expect(await shown(visit)).toEqual(['hello', ' (cancelled)'])
    expect((await visit.say('again')).status).toBe('started')
  })

  it('stops the model at every event of an answer', async () => {
    for (let said = 0; said <= 4; said++) {
      const house = chatHouse()
      const visit = await house.join()
      const reading = await visit.read()
      await visit.say('hello')
      await settle()
      for (let piece = 0; piece < said; piece++) house.model.calls[0]?.say(`${piece}`)
      await visit.command({ type: 'cancel' })
      house.model.calls[0]?.say('too late')
      await settle()
      const text = '0123'.slice(0, said)
      expect(reading.text).toBe(text)
      expect(reading.sent.at(-1)?.event).toMatchObject({ type: 'run_end', result: text })
      expect([...house.store.kept('s').messages.values()].at(-1)).toMatchObject({
        content: text,
        status: 'cancelled',
      })
    }
  })

  it('says that there is nothing to cancel', async () => {
    const house = chatHouse()
    const visit = await house.join()
    expect((await visit.command({ type: 'cancel' })).status).toBe('nothing_to_cancel')
    await visit.say('hello')
    expect((await visit.command({ type: 'cancel', run_id: 'run_other' })).status).toBe(
      'nothing_to_cancel',
    )
    await settle()
    expect(house.model.calls[0]?.isStopped).toBe(false)
  })

  it('removes a message that waits, by its id', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('one')
    const { message_id = '' } = await visit.say('two')
    expect(await visit.command({ type: 'cancel', run_id: message_id })).toMatchObject({
      status: 'done',
      message_id,
    })
    expect(house.store.kept('s').queue.size).toBe(0)
    await settle()
    expect(house.model.calls[0]?.isStopped).toBe(false)
  })

  it('lets the next message of the queue begin', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('one')
    await visit.say('two')
    await visit.command({ type: 'cancel' })
    await settle()
    expect(house.model.calls).toHaveLength(2)
  })
})

describe('the model of the next turn', () => {
  it('learns that an answer was cut', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await settle()
    house.model.calls[0]?.say('partial')
    await visit.command({ type: 'cancel' })
    await visit.say('go on')
    await settle()
    expect(house.model.calls[1]?.turns).toEqual([
      { role: 'user', text: 'hello' },
      { role: 'assistant', text: 'partial' },
      { role: 'user', text: expect.stringMatching(/stopped before it was complete.*\|go on/) },
    ])
  })

  it('is sent the question again if the answer never began', async () => {
    const house = chatHouse()
    const visit = await house.join()
    await visit.say('hello')
    await visit.command({ type: 'cancel' })
    await visit.say('again')
    await settle()
    expect(house.model.calls[1]?.turns).toEqual([{ role: 'user', text: 'hello|again' }])
  })
})
