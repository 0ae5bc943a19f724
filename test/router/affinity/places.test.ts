/** What is remembered of where conversations are: bounded, shared fairly among callers, and known to other processes. */
import { expect, it } from 'vitest'
import type { Conversation } from '#model'
import { createPlaces } from '#router'
import { createLiveStore } from '#stores'
import { createClock, heard } from '../../tools/router/virtual.ts'

const ROUTE = 'route'

const conversation = (id: string, callerId = 'one'): Conversation => ({
  id,
  seed: 1,
  salt: 2,
  callerId,
})

it('a conversation may be elsewhere for each name that it asks for', () => {
  const places = createPlaces()
  const one = conversation('1')
  places.note(one, 'main', 'a/m')
  places.note(one, 'small', 'b/m')
  expect(['main', 'small', 'other'].map((route) => places.find(one, route))).toEqual([
    'a/m',
    'b/m',
    undefined,
  ])
})

it('what was not used for longest is forgotten first', () => {
  const places = createPlaces({ maxPlaces: 3 })
  const ids = ['1', '2', '3'].map((id) => conversation(id))
  for (const each of ids) places.note(each, ROUTE, 'a/m')
  places.find(conversation('1'), ROUTE)
  places.note(conversation('4'), ROUTE, 'a/m')
  const known = ['1', '2', '3', '4'].filter((id) => places.find(conversation(id), ROUTE))
  expect(known).toEqual(['1', '3', '4'])
})

it('a caller with very many conversations takes the memory of no other', () => {
  const places = createPlaces({ maxPlaces: 100 })
  const own = Array.from({ length: 30 }, (_, at) => conversation(`own ${at}`, 'small'))
  for (const each of own) places.note(each, ROUTE, 'a/m')
  for (let at = 0; at < 5_000; at++) places.note(conversation(`${at}`, 'large'), ROUTE, 'b/m')
  expect(own.every((each) => places.find(each, ROUTE) === 'a/m')).toBe(true)
  const large = Array.from({ length: 5_000 }, (_, at) => conversation(`${at}`, 'large'))
  expect(large.filter((each) => places.find(each, ROUTE))).toHaveLength(70)
})

it('an hour after its last use a conversation is forgotten, and no other is', () => {
  const clock = createClock()
  const places = createPlaces({ now: clock.now })
  places.note(conversation('1'), ROUTE, 'a/m')
  places.note(conversation('2'), ROUTE, 'a/m')
  clock.pass(3_000_000)
  places.find(conversation('2'), ROUTE)
  clock.pass(600_000)
  expect(places.find(conversation('1'), ROUTE)).toBeUndefined()
  expect(places.find(conversation('2'), ROUTE)).toBe('a/m')
  clock.pass(3_600_000)
  expect(places.find(conversation('2'), ROUTE)).toBeUndefined()
  expect(places.isEmpty).toBe(true)
})

it('another process hears of it, and repeats nothing', async () => {
  const messages = createLiveStore()
  const published: string[] = []
  messages.subscribe('conversations', (message) => published.push(message))
  const [here, there] = [createPlaces({ messages }), createPlaces({ messages })]
  here.note(conversation('1'), ROUTE, 'a/m')
  await heard()
  expect(there.find(conversation('1'), ROUTE)).toBe('a/m')
  there.note(conversation('1'), ROUTE, 'b/m')
  await heard()
  expect(here.find(conversation('1'), ROUTE)).toBe('b/m')
  expect(published).toHaveLength(2)
})

it.each([
  'not json',
  '[]',
  '{}',
  '{"conversationId":"1","route":"route","callerId":"one"}',
  '{"conversationId":"1","route":"route","callerId":"one","target":7}',
  '{"conversationId":"1","route":"route","callerId":"","target":"a/m"}',
  `{"conversationId":"1","route":"route","callerId":"one","target":"${'x'.repeat(600)}"}`,
])('a message that says nothing is ignored: %.60s', async (message) => {
  const messages = createLiveStore()
  const places = createPlaces({ messages })
  messages.publish('conversations', message)
  await heard()
  expect(places.isEmpty).toBe(true)
})
