/** How many messages an owner may send. */
import { expect, it } from 'vitest'
import { chatHouse } from '../../tools/chat/chat-house.ts'

const ME = { id: 'me' }

const refusals = async (work: readonly Promise<unknown>[]): Promise<number> =>
  (await Promise.allSettled(work)).filter(({ status }) => status === 'rejected').length

it('is limited by owner, over all sessions', async () => {
  const house = chatHouse()
  const visits = await Promise.all(['a', 'b', 'c'].map((id) => house.join(id, ME)))
  const messages = visits.flatMap((visit) => [visit.say('1'), visit.say('2')])
  expect(await refusals(messages)).toBe(1)
  await expect(visits[0]?.say('again')).rejects.toMatchObject({ code: 'rate_limited' })
  const other = await house.join('a', { id: 'you' })
  expect((await other.say('hello')).status).toBe('started')
  const user = await house.join('a', { id: 'me', userId: 'u', userOf: ME })
  expect((await user.say('hello')).status).toBe('started')
})

it('counts edits and further answers, but no message that is repeated or refused', async () => {
  const house = chatHouse({ set: { messageRate: { perMinute: 1, burst: 3 }, whenBusy: 'reject' } })
  const visit = await house.join('a', ME)
  const { message_id = '' } = await visit.say('1', { client_message_id: 'c' })
  expect((await visit.say('1', { client_message_id: 'c' })).status).toBe('repeated')
  await expect(visit.say('2')).rejects.toMatchObject({ vendorCode: 'session_busy' })
  await expect(visit.say(' ', { when_busy: 'queue' })).rejects.toMatchObject({ param: 'content' })
  await visit.command({ type: 'edit', message_id, content: 'x', when_busy: 'queue' })
  await visit.command({ type: 'regenerate', message_id, when_busy: 'queue' })
  await expect(visit.say('4', { when_busy: 'queue' })).rejects.toMatchObject({
    code: 'rate_limited',
  })
})

it('does not hold without keys, and can be switched off', async () => {
  const house = chatHouse()
  const free = await house.join('a')
  for (let at = 0; at < 8; at++) await free.say('x', { client_message_id: `${at}` })
  const off = chatHouse({ set: { messageRate: false } })
  const visit = await off.join('a', ME)
  for (let at = 0; at < 8; at++) await visit.say('x')
})
