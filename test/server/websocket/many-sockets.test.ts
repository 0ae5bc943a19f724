/** Many sockets at a time, each with calls in progress. */
import { expect, it } from 'vitest'
import { chatBody, CLAUDE, GPT, responsesBody } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { eventually, within } from '../../tools/app/within.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const SOCKETS = 200
const CALLS = 3

it('gives every lane of two hundred sockets of Responses its own answers, in their order', async () => {
  // Slow while all begin, so that all are in progress at the same time.
  let released = false
  const { upstream, sluice } = await startHouse({
    upstream: {
      reply: ({ lastUserText }) => ({
        parts: [{ text: `${lastUserText} ${WORDS}` }],
        pieces: 4,
        get paceMs() {
          return released ? 1 : 2_000
        },
      }),
    },
  })
  const clients = await Promise.all(
    Array.from({ length: SOCKETS }, () => openClient(sluice.url, '/v1/responses')),
  )
  const lanes = Array.from({ length: CALLS }, (_, lane) => `lane ${lane}`)
  for (const [place, client] of clients.entries())
    for (const lane of lanes)
      for (const turn of [1, 2]) {
        const model = place % 2 === 0 ? GPT : CLAUDE
        client.send(responsesBody(`${place}/${lane}/${turn}`, { model, stream_id: lane }))
      }
  await eventually(
    'the first of every lane is under way',
    () => callsOf(upstream).length === SOCKETS * CALLS,
    60_000,
  )
  released = true
  for (const [place, client] of clients.entries()) {
    const ends = () => client.frames.filter(({ type }) => type === 'response.completed')
    await eventually('all have ended', () => ends().length === CALLS * 2, 60_000)
    for (const lane of lanes) {
      const own = client.frames.filter(({ stream_id }) => stream_id === lane)
      const texts = own.filter(({ type }) => type === 'response.output_text.done')
      expect(texts.map(({ text }) => text)).toEqual(
        [1, 2].map((turn) => `${place}/${lane}/${turn} ${WORDS}`),
      )
    }
    expect(client.frames.every(({ stream_id }) => lanes.includes(String(stream_id)))).toBe(true)
  }
}, 120_000)

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
    60_000,
  )
  for (const { socket } of clients) socket.terminate()
  await eventually('no upstream socket is left', () => upstream.openSockets() === 0, 30_000)
  await within(30_000, 'everything ends', sluice.close())
}, 120_000)
