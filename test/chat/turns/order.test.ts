/** What is stored comes before what is sent, and nothing comes twice. */
import { expect, it } from 'vitest'
import { GatewayError } from '#model'
import { chatHouse, settle } from '../../tools/chat/chat-house.ts'

const DURABLE = new Set(['user_message', 'session_updated', 'queued', 'run_start', 'run_end'])

it('what changes messages is stored before readers and the sender learn of it', async () => {
  const house = chatHouse()
  const visit = await house.join()
  const reading = await visit.read()
  let answered = 0
  const early: string[] = []
  house.store.beforeAppend = async ({ events = [] }) => {
    const before = answered
    await settle()
    const seen = new Set(reading.sent.map(({ seq }) => seq))
    for (const { event, seq } of events)
      if (DURABLE.has(event.type) && seen.has(seq)) early.push(event.type)
    if (answered > before) early.push('an answer')
  }
  const asked = visit.say('hello').then(() => answered++)
  for (let at = 0; at < 5; at++) await settle()
  await asked
  house.model.calls[0]?.say('text')
  const waiting = visit.say('waits').then(() => answered++)
  for (let at = 0; at < 5; at++) await settle()
  await waiting
  house.model.calls[0]?.end()
  for (let at = 0; at < 10; at++) await settle()
  expect(reading.types).toContain('run_end')
  expect(reading.types.filter((type) => type === 'user_message')).toHaveLength(2)
  expect(early).toEqual([])
})

it('text that comes while a change is written has the numbers after it', async () => {
  const house = chatHouse()
  const visit = await house.join()
  const reading = await visit.read()
  await visit.say('hello')
  await settle()
  let proceed = (): void => undefined
  house.store.beforeAppend = () => new Promise((resolve) => void (proceed = resolve))
  const queued = visit.say('waits')
  await settle()
  house.model.calls[0]?.say('a', 'b')
  expect(reading.text).toBe('')
  house.store.beforeAppend = undefined
  proceed()
  await queued
  await settle()
  expect(reading.types.slice(3)).toEqual(['queued', 'llm_start', 'part_start', 'token', 'token'])
  expect(reading.sent.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
})

it('a question that was refused twice and then edited is one question', async () => {
  const house = chatHouse()
  const visit = await house.join()
  const { message_id = '' } = await visit.say('hello')
  await settle()
  house.model.calls[0]?.fail(new GatewayError('upstream_rate_limited', 'Too many calls.'))
  await settle()
  await visit.command({ type: 'regenerate', message_id })
  await settle()
  house.model.calls[1]?.fail(new GatewayError('upstream_rate_limited', 'Too many calls.'))
  await settle()
  await visit.command({ type: 'edit', message_id, content: 'hello again' })
  await settle()
  house.model.calls[2]?.say('Hi')
  house.model.calls[2]?.end()
  await settle()
  expect(house.model.calls[2]?.turns).toEqual([{ role: 'user', text: 'hello again' }])
  const again = await house.restart().join()
  expect((await again.session.history()).map(({ content }) => content)).toEqual([
    'hello again',
    'Hi',
  ])
})

it('the messages of a user of a caller have the name of the user', async () => {
  const me = { id: 'me' }
  const house = chatHouse({ set: { messageRate: false } })
  const visit = await house.join('s', { ...me, userId: 'ann', userOf: me })
  const reading = await visit.read()
  await visit.say('hello')
  expect(reading.sent[0]?.event).toMatchObject({ type: 'user_message', user: 'ann' })
  expect(await visit.session.history()).toMatchObject([{ user: 'ann' }, {}])
})

it('a session is found in the tick in which its last visitor leaves, a hundred times', async () => {
  const house = chatHouse()
  for (let at = 0; at < 100; at++) {
    const visit = await house.join()
    await visit.say(`${at}`, { when_busy: 'interrupt' })
    visit.session.leave()
  }
  await settle()
  const visit = await house.join()
  const history = await visit.session.history()
  expect(history).toHaveLength(200)
  expect(history.filter(({ status }) => status === 'running')).toHaveLength(1)
  expect(house.model.calls.filter(({ isOpen }) => isOpen)).toHaveLength(1)
})
