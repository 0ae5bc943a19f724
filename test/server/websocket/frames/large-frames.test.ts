/** Large frames are read in turns, and every one of them is answered. */
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createReadingTurns } from '../../../../src/server/websocket/frames/reading-turns.ts'
import { chatBody, responsesBody } from '../../../tools/app/asks.ts'
import { startHouse } from '../../../tools/app/house.ts'
import { eventually } from '../../../tools/app/within.ts'
import { openClient } from '../../../tools/server/websocket/open-client.ts'

const LARGE = 'x'.repeat(1_500_000)
const SOCKETS = 12

it('one socket is read in each turn of the event loop, in the order in which they wait', async () => {
  const turns = createReadingTurns()
  const read: string[] = []
  for (const name of ['one', 'two', 'three']) turns.wait(() => read.push(name))
  expect(read).toEqual([])
  await setImmediate()
  expect(read).toEqual(['one'])
  await setImmediate()
  expect(read).toEqual(['one', 'two'])
  turns.wait(() => read.push('four'))
  await setImmediate()
  await setImmediate()
  await setImmediate()
  expect(read).toEqual(['one', 'two', 'three', 'four'])
})

it.each([
  ['/v1/responses', 'response.completed', responsesBody],
  ['/ws', 'done', chatBody],
] as const)('many large frames at once are all answered at %s', async (path, end, toBody) => {
  const { sluice } = await startHouse({ upstream: { reply: () => ({ parts: [{ text: 'ok' }] }) } })
  const clients = await Promise.all(
    Array.from({ length: SOCKETS }, () => openClient(sluice.url, path)),
  )
  for (const turn of [1, 2]) {
    for (const client of clients) client.send(toBody(`${LARGE} ${turn}`))
    for (const client of clients)
      await eventually(
        'the answer is complete',
        () => client.frames.filter(({ type }) => type === end).length === turn,
        60_000,
      )
  }
})
