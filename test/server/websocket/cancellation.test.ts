/** Whoever cancels a call, or leaves, takes the upstream along. */
import { describe, expect, it } from 'vitest'
import { chatBody, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { eventually, within } from '../../tools/app/within.ts'
import {
  type Client,
  isDone,
  isError,
  openClient,
  textOf,
} from '../../tools/server/websocket/open-client.ts'

const WORDS = 'one two three four five six seven eight nine ten'

const isLeft = (line: Record<string, unknown>) => isCall(line) && line.outcome === 'client_left'

const SILENT = { fault: { neverAnswer: true } } as const
const HALFWAY = { parts: [{ text: WORDS }], pieces: 10, fault: { stallAfterEvents: 7 } }

const FRAMES = [
  ['/ws', 'relayed', chatBody()],
  ['/ws', 'translated', chatBody('hello', { model: CLAUDE })],
  ['/v1/responses', 'relayed', { model: GPT, input: 'hello' }],
  ['/v1/responses', 'translated', { model: CLAUDE, input: 'hello' }],
] as const

const WAYS: readonly (readonly [string, (client: Client) => void])[] = [
  ['closes', ({ socket }) => void socket.close()],
  ['vanishes', ({ socket }) => void socket.terminate()],
]

describe.each(FRAMES)('a client of %s, %s', (path, _lane, body) => {
  it.each(
    WAYS.flatMap(([way, leave]) => [
      ['before the first event', way, SILENT, leave] as const,
      ['in the middle', way, HALFWAY, leave] as const,
    ]),
  )('that leaves %s (it %s) closes its upstream', async (_moment, _way, answer, leave) => {
    const { upstream, sluice } = await startHouse()
    upstream.next(answer)
    const client = await openClient(sluice.url, path)
    client.send(body)
    await eventually('the upstream is called', () => callsOf(upstream).length === 1, 30_000)
    if (answer === HALFWAY) await eventually('it has begun', () => client.frames.length > 2, 30_000)
    leave(client)
    const [call] = callsOf(upstream)
    await within(30_000, 'the upstream socket closes', call!.closed)
    expect(call!.closedEarly).toBe(true)
    const line = await within(30_000, 'the line of the call', sluice.logged(isLeft))
    expect(line.tokensIn).toBeGreaterThan(0)
    await eventually('no socket is left', () => upstream.openSockets() === 0)
  })
})

it.each([
  ['before its first event', SILENT],
  ['in the middle', HALFWAY],
])('a call is cancelled by its id %s, and others continue', async (_moment, answer) => {
  const { upstream, sluice } = await startHouse()
  upstream.next(answer)
  const client = await openClient(sluice.url, '/ws')
  client.send({ id: 'a', ...chatBody() })
  await eventually('the upstream is called', () => callsOf(upstream).length === 1, 30_000)
  if (answer === HALFWAY) await eventually('it has begun', () => client.frames.length > 2, 30_000)
  upstream.next({ parts: [{ text: WORDS }], paceMs: 30 })
  client.send({ id: 'b', ...chatBody() })
  client.send({ type: 'cancel', id: 'a' })
  expect(await client.until('the end of it', isError)).toMatchObject({
    id: 'a',
    status: 499,
    error: { code: 'cancelled' },
  })
  await within(30_000, 'the upstream socket closes', callsOf(upstream)[0]!.closed)
  await client.until('the end of the other', isDone('b'))
  expect(textOf(client.frames, 'b')).toBe(WORDS)
  expect(client.frames.filter(({ type, id }) => type && id === 'a')).toHaveLength(1)
  const outcomes = sluice.log.filter(isCall).map(({ outcome }) => outcome)
  expect(outcomes.toSorted()).toEqual(['cancelled', 'ok'])
})

it('leaves nothing waiting of a lane whose client has left', async () => {
  const { upstream, sluice } = await startHouse()
  upstream.next(SILENT)
  const client = await openClient(sluice.url, '/v1/responses')
  for (let turn = 0; turn < 5; turn++) client.send({ model: GPT, input: 'hello' })
  await eventually('the upstream is called', () => callsOf(upstream).length === 1, 30_000)
  client.socket.terminate()
  await within(30_000, 'the upstream socket closes', callsOf(upstream)[0]!.closed)
  await within(30_000, 'everything ends', sluice.close())
  expect(callsOf(upstream)).toHaveLength(1)
})
