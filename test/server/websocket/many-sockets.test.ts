/** Many sockets at a time, each with calls under way. */
import { expect, it } from 'vitest'
import { chatBody } from '../../app/asks.ts'
import { callsOf, startHouse } from '../../app/house.ts'
import { eventually, within } from '../../app/within.ts'
import { isDone, openClient, textOf } from './open-client.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const SOCKETS = 200
const CALLS = 3

it('gives every call of two hundred sockets its own answer', async () => {
  const { upstream, sluice } = await startHouse({
    upstream: {
      reply: ({ lastUserText }) => ({ parts: [{ text: `${lastUserText} ${WORDS}` }], paceMs: 20 }),
    },
  })
  const clients = await Promise.all(
    Array.from({ length: SOCKETS }, () => openClient(sluice.url, '/ws')),
  )
  for (const [place, client] of clients.entries())
    for (let call = 0; call < CALLS; call++)
      client.send({ id: `${call}`, ...chatBody(`${place}/${call}`) })
  await eventually(
    'all are under way at a time',
    () => callsOf(upstream).length === SOCKETS * CALLS,
    20_000,
  )
  for (const [place, client] of clients.entries())
    for (let call = 0; call < CALLS; call++) {
      await client.until('the end', isDone(`${call}`))
      expect(textOf(client.frames, `${call}`)).toBe(`${place}/${call} ${WORDS}`)
    }
}, 60_000)

it('closes every upstream of two hundred sockets that vanish', async () => {
  const { upstream, sluice } = await startHouse({
    upstream: { reply: () => ({ parts: [{ text: WORDS }], fault: { stallAfterEvents: 4 } }) },
  })
  const clients = await Promise.all(
    Array.from({ length: SOCKETS }, () => openClient(sluice.url, '/ws')),
  )
  for (const client of clients)
    for (let call = 0; call < CALLS; call++) client.send({ id: `${call}`, ...chatBody() })
  await eventually(
    'all have begun',
    () => clients.every(({ frames }) => new Set(frames.map(({ id }) => id)).size === CALLS),
    20_000,
  )
  for (const { socket } of clients) socket.terminate()
  await eventually('no upstream socket is left', () => upstream.openSockets() === 0, 5_000)
  await within(5_000, 'everything ends', sluice.close())
}, 60_000)
