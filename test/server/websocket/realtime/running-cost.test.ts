/** The cost of a realtime conversation, for clients that ask for it: a field of each answer's last event. */
import { expect, it } from 'vitest'
import { isCall } from '../../../tools/app/start-sluice.ts'
import { RUNNING_COST, startSettledRealtime } from '../../../tools/gateway/settled-house.ts'
import { openClient } from '../../../tools/server/websocket/open-client.ts'

const PATH = '/v1/realtime?model=gpt-realtime'
const M = 1_000_000

const done = (input: number, output: number) => ({
  type: 'response.done',
  response: { status: 'completed', usage: { input_tokens: input, output_tokens: output } },
})

it('each answer says what the conversation has cost so far, and the last one what its row says', async () => {
  const { sluice, upstream, settlements } = await startSettledRealtime()
  const client = await openClient(sluice.url, PATH, { headers: RUNNING_COST })
  await client.until('the session', ({ type }) => type === 'session.created')
  const [server] = upstream.sockets
  const other = { type: 'response.output_text.delta', delta: 'says "response.done"' }
  for (const event of [done(100, 10), other, done(50, 5)]) server?.send(JSON.stringify(event))
  // A response that is broken off has reported nothing.
  server?.send('{"type":"response.created"}')
  await client.until('all of it', ({ type }) => type === 'response.created')
  // $4 and $16.
  const first = (100 * 4 + 10 * 16) / M
  const both = (150 * 4 + 15 * 16) / M
  expect(client.frames.slice(1, 4)).toEqual([
    { ...done(100, 10), sluiceCost: first },
    other,
    { ...done(50, 5), sluiceCost: both },
  ])
  client.socket.close()
  await sluice.logged(isCall)
  expect(settlements).toMatchObject([{ cost: both, usage: { estimated: true } }])
  expect(JSON.stringify(upstream.requests[0]?.rawHeaders)).not.toContain('x-sluice-cost')
})

it('nothing is added for clients that do not ask, or if the price is unknown', async () => {
  const { sluice, upstream } = await startSettledRealtime()
  for (const [headers, path] of [
    [{}, PATH],
    [RUNNING_COST, '/v1/realtime?model=gpt-99-realtime'],
  ] as const) {
    const client = await openClient(sluice.url, path, { headers })
    await client.until('the session', ({ type }) => type === 'session.created')
    upstream.sockets.at(-1)?.send(JSON.stringify(done(100, 10)))
    expect(await client.until('the answer', ({ type }) => type === 'response.done')).toEqual(
      done(100, 10),
    )
  }
})
