/** A client that does not read its socket stops its upstreams, and costs little while it does. */
import { describe, expect, it } from 'vitest'
import { chatBody, CLAUDE, GPT } from '../../app/asks.ts'
import { callsOf, closeLater, sluiceForTest, startHouse } from '../../app/house.ts'
import { isCall, openaiAt } from '../../app/start-sluice.ts'
import { eventually, within } from '../../app/within.ts'
import { startEndlessUpstream } from '../../gateway/endless-upstream.ts'
import { type Client, isDone, openClient } from './open-client.ts'

/** More than all the buffers of two connections hold. */
const STREAM_BYTES = 48 * 1024 * 1024
const SENTENCE = 'A sentence of some length, which says nothing and is said again. '.repeat(64)
const PIECES = 4 * Math.ceil(STREAM_BYTES / 4 / SENTENCE.length)

/** Resolves with a count once it has stopped to grow. */
const settled = async (count: () => number): Promise<number> => {
  for (let last = -1; ;) {
    const now = count()
    if (now === last && now > 0) return now
    last = now
    await new Promise((resolve) => setTimeout(resolve, 400))
  }
}

const hasEnded = ({ frames }: Client) => {
  const last = frames.at(-1)
  return last?.type === 'done' || last?.type === 'response.completed'
}

const LANES = [
  ['chat, relayed', '/ws', chatBody(), PIECES],
  ['chat, translated', '/ws', chatBody('hello', { model: CLAUDE }), PIECES],
  // Its last events say everything again, four times.
  ['responses, relayed', '/v1/responses', { model: GPT, input: 'hello' }, PIECES / 4],
] as const

describe.each(LANES)('on %s', (_name, path, body, pieces) => {
  it('a client that stops reading stops its upstream, and gets every word when it reads again', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ parts: [{ text: SENTENCE.repeat(pieces) }], pieces })
    const client = await openClient(sluice.url, path)
    client.socket.pause()
    client.send(body)
    await eventually('the upstream is called', () => callsOf(upstream).length === 1)
    const [call] = callsOf(upstream)
    const written = await within(
      15_000,
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

it('is let go of, with all its calls, when it reads nothing for as long as the deadline', async () => {
  const upstream = closeLater(await startEndlessUpstream())
  const sluice = await sluiceForTest({
    providers: [{ ...openaiAt(upstream.url), deadlines: { idleMs: 300 } }],
  })
  const client = await openClient(sluice.url, '/ws')
  client.socket.pause()
  for (let call = 0; call < 8; call++) client.send(chatBody())
  expect(await within(15_000, 'the line of a call', sluice.logged(isCall))).toMatchObject({
    outcome: 'client_stalled',
  })
  await eventually('no stream is left', () => upstream.open() === 0)
  client.socket.resume()
  expect(await within(5_000, 'the close', client.closed)).toBe(1006)
}, 30_000)

it('stops to listen to a client that reads none of what it is told', async () => {
  const { sluice } = await startHouse()
  const client = await openClient(sluice.url, '/ws')
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
      20_000,
      'it stops',
      settled(() => sent.frames),
    )
    expect(frames).toBeLessThan(200_000)
    client.socket.resume()
    await eventually('it goes on', () => sent.frames > frames, 5_000)
  } finally {
    clearInterval(timer)
  }
  client.send({ id: 'a', ...chatBody() })
  await client.until('the end', isDone('a'))
}, 40_000)
