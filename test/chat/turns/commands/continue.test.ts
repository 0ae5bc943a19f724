/** Goes on with an answer that was cut. */
import { describe, expect, it } from 'vitest'
import { chatHouse, settle } from '../../../tools/chat/chat-house.ts'
import { codeOf, exchange, shown } from '../../../tools/chat/commands.ts'

describe('continue', () => {
  it('goes on with a partial answer in a run of its own', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { run_id = '' } = await visit.say('count')
    await settle()
    house.model.calls[0]?.say('1, 2,')
    await visit.command({ type: 'cancel' })
    const outcome = await visit.command({ type: 'continue', run_id })
    expect(outcome.status).toBe('started')
    await settle()
    expect(house.model.calls[1]?.turns).toEqual([
      { role: 'user', text: 'count' },
      { role: 'assistant', text: '1, 2,' },
      { role: 'user', text: expect.stringContaining('Continue it exactly where it stops') },
    ])
    house.model.calls[1]?.say(' 3')
    house.model.calls[1]?.end()
    await settle()
    expect(await shown(visit)).toEqual(['count', '1, 2, (cancelled)', ' 3'])
    expect(house.store.kept('s').runs.get(outcome.run_id ?? '')).toMatchObject({
      continues: run_id,
      status: 'done',
    })
    await visit.say('and?')
    await settle()
    expect(house.model.calls[2]?.turns).toEqual([
      { role: 'user', text: 'count' },
      { role: 'assistant', text: '1, 2, 3' },
      { role: 'user', text: 'and?' },
    ])
  })

  it('refuses runs that are complete or not there', async () => {
    const house = chatHouse()
    const visit = await house.join()
    const { run_id = '' } = await exchange(house, visit, 'one', '1')
    expect(await codeOf(visit.command({ type: 'continue', run_id }))).toBe('invalid_request run_id')
    expect(await codeOf(visit.command({ type: 'continue', run_id: 'no' }))).toBe('not_found run_id')
  })
})
