/** A client that does not read its socket stops its upstreams, and costs little while it does. */
import { describe, expect, it } from 'vitest'
import { chatBody, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { callsOf, closeLater, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { settled } from '../../tools/app/settled.ts'
import { eventually, within } from '../../tools/app/within.ts'
import { startEndlessUpstream } from '../../tools/gateway/endless-upstream.ts'
import {
  type Client,
  isDone,
  isError,
  openClient,
  textOf,
} from '../../tools/server/websocket/open-client.ts'

/** More than all the buffers of two connections hold. */
const STREAM_BYTES = 48 * 1024 * 1024
const SENTENCE = 'A sentence of some length, which says nothing and is said again. '.repeat(64)
const PIECES = 4 * Math.ceil(STREAM_BYTES / 4 / SENTENCE.length)

const hasEnded = ({ frames }: Client) => {
  const last = frames.at(-1)
  return last?.type === 'done' || last?.type === 'response.completed'
}

const LANES = [
  ['chat, relayed', '/ws', chatBody(), PIECES],
  ['chat, translated', '/ws', chatBody('hello', { model: CLAUDE }), PIECES],
  // Its last events say everything again, four times.
  ['responses, relayed', '/v1/responses', { model: GPT, input: 'hello' }, PIECES / 4],
  ['responses, translated', '/v1/responses', { model: CLAUDE, input: 'hello' }, PIECES / 4],
] as const

describe.each(LANES)('on %s', (_name, path, body, pieces) => {
  it('a client that stops reading pauses its upstream, and receives everything when it reads again', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ parts: [{ text: SENTENCE.repeat(pieces) }], pieces })
    const client = await openClient(sluice.url, path)
    client.socket.pause()
    client.send(body)
    await eventually('the upstream is called', () => callsOf(upstream).length === 1, 30_000)
    const [call] = callsOf(upstream)
    const written = await within(
      30_000,
      'the upstream stops',
      settled(() => call!.bytesWritten),
    )
    expect(written).toBeLessThan(STREAM_BYTES / 2)
    client.socket.resume()
    await eventually('the end', () => hasEnded(client), 30_000)
    let words = 0
    for (const frame of client.frames) {
      for (const { delta } of frame.choices ?? [])
        if (typeof delta.content === 'string') words += delta.content.length
      if (typeof frame.delta === 'string') words += frame.delta.length
    }
    expect(words).toBe(pieces * SENTENCE.length)
  }, 60_000)
})

it('stops every call of a socket that is not read, and none of another', async () => {
  const { upstream, sluice } = await startHouse()
  const answer = { parts: [{ text: SENTENCE.repeat(PIECES / 2) }], pieces: PIECES / 2 }
  upstream.next(answer, answer)
  const slow = await openClient(sluice.url, '/ws')
  slow.socket.pause()
  slow.send({ id: 'relayed', ...chatBody() })
  slow.send({ id: 'translated', ...chatBody('hello', { model: CLAUDE }) })
  await eventually('both are called', () => callsOf(upstream).length === 2, 30_000)
  const written = await within(
    30_000,
    'both stop',
    settled(() => callsOf(upstream).reduce((sum, { bytesWritten }) => sum + bytesWritten, 0)),
  )
  expect(written).toBeLessThan(STREAM_BYTES * 0.75)

  const quick = await openClient(sluice.url, '/ws')
  upstream.next({ parts: [{ text: SENTENCE }] })
  quick.send({ id: 'a', ...chatBody() })
  await quick.until('the end', isDone('a'))
  expect(textOf(quick.frames, 'a')).toBe(SENTENCE)

  slow.socket.resume()
  for (const id of ['relayed', 'translated']) {
    await slow.until('the end', isDone(id))
    expect(textOf(slow.frames, id).length).toBe((PIECES / 2) * SENTENCE.length)
  }
}, 90_000)

it('cancels a call of a socket that is not read, and the others continue', async () => {
  const { upstream, sluice } = await startHouse()
  const answer = { parts: [{ text: SENTENCE.repeat(PIECES / 2) }], pieces: PIECES / 2 }
  upstream.next(answer, answer)
  const client = await openClient(sluice.url, '/ws')
  client.socket.pause()
  client.send({ id: 'a', ...chatBody() })
  await eventually('it is called', () => callsOf(upstream).length === 1, 30_000)
  client.send({ id: 'b', ...chatBody() })
  await eventually('both are called', () => callsOf(upstream).length === 2, 30_000)
  const written = () => callsOf(upstream).reduce((sum, call) => sum + call.bytesWritten, 0)
  await within(30_000, 'both stop', settled(written))
  client.send({ type: 'cancel', id: 'a' })
  await within(30_000, 'its upstream closes', callsOf(upstream)[0]!.closed)
  client.socket.resume()
  expect(await client.until('the end of it', isError)).toMatchObject({ id: 'a', status: 499 })
  await client.until('the end of the other', isDone('b'))
  expect(textOf(client.frames, 'b').length).toBe((PIECES / 2) * SENTENCE.length)
}, 90_000)

it.each([
  ['/ws', chatBody()],
  ['/v1/responses', { model: CLAUDE, input: 'hello' }],
])(
  'is disconnected at %s, with all its calls, if it reads nothing until the deadline',
  async (path, body) => {
    const upstream = closeLater(await startEndlessUpstream())
    const sluice = await sluiceForTest({
      // As one that speaks chat alone, so that Responses are translated.
      providers: [
        { ...openaiAt(upstream.url), protocols: ['openai-chat'], deadlines: { idleMs: 300 } },
      ],
    })
    const client = await openClient(sluice.url, path)
    client.socket.pause()
    for (let call = 0; call < 8; call++) client.send({ ...body, model: GPT, stream_id: `${call}` })
    expect(await within(30_000, 'the line of a call', sluice.logged(isCall))).toMatchObject({
      outcome: 'client_stalled',
    })
    await eventually('no stream is left', () => upstream.open() === 0, 30_000)
    client.socket.resume()
    expect(await within(30_000, 'the close', client.closed)).toBe(1006)
  },
  60_000,
)

it.each([
  ['/ws', chatBody()],
  ['/v1/responses', { model: GPT, input: 'hello' }],
])(
  'stops reading at %s from a client that reads nothing',
  async (path, body) => {
    const { sluice } = await startHouse()
    const client = await openClient(sluice.url, path)
    client.socket.pause()
    const frame = `{"type":"${'x'.repeat(1000)}"}`
    const sent = { frames: 0 }
    const more = (): void => {
      for (; client.socket.bufferedAmount < 64 * 1024 && sent.frames < 200_000; sent.frames++)
        client.send(frame)
    }
    const timer = setInterval(more, 1)
    try {
      const frames = await within(
        30_000,
        'it stops',
        settled(() => sent.frames),
      )
      expect(frames).toBeLessThan(200_000)
      client.socket.resume()
      await eventually('it goes on', () => sent.frames > frames, 30_000)
    } finally {
      clearInterval(timer)
    }
    client.send(body)
    await eventually('the end', () => hasEnded(client), 30_000)
  },
  90_000,
)
