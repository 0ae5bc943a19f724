/** A server that stops in the middle of an answer: with its doors, its database and a model that is slow. */
import { expect, it } from 'vitest'
import { GPT } from '../../tools/app/asks.ts'
import { sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt, startSluice } from '../../tools/app/start-sluice.ts'
import { folderForTest } from '../../tools/chat/real-chat.ts'
import { openEvents, openSession, tokensOf } from '../../tools/server/chat/session-client.ts'

const SLOW = { parts: [{ text: 'word '.repeat(400) }], paceMs: 10, pieces: 400 }

it('interrupts the answer at the limit, tells every reader where it was, and has the text later', async () => {
  const upstream = await upstreamForTest()
  upstream.next(SLOW)
  const options = {
    providers: [openaiAt(upstream.url)],
    chat: { model: GPT },
    rows: { folder: folderForTest() },
    drainMs: 1_000,
  }
  const first = await startSluice(options)
  const socket = await openSession(first.url, '/ws/session/s')
  const stream = await openEvents(first.url, '/api/sessions/s/events?position=0.0')
  socket.send({ type: 'message', content: 'hello' })
  socket.send({ type: 'message', content: 'waits' })
  await socket.until('tokens', () => tokensOf(socket.frames).length > 50)
  await first.close()

  const { code, reason } = await socket.ended
  expect(code).toBe(1012)
  expect(await stream.ended).toBe('broken')
  const end = socket.frames.find(({ type }) => type === 'run_end')
  expect(end).toMatchObject({
    status: 'interrupted',
    result: tokensOf(socket.frames),
    error: { code: 'going_away' },
  })
  expect(stream.events().map(({ data }) => data)).toContainEqual(end)
  expect(reason).toBe(`${String(end?.epoch)}.${String(end?.seq)}`)

  upstream.next({ parts: [{ text: 'second' }] })
  const second = await sluiceForTest(options)
  await expect
    .poll(async () => {
      const { json } = await second.send('/api/sessions/s/messages', { method: 'GET' })
      return (json as { messages: { content: string; status: string }[] }).messages.map(
        ({ content, status }) => ({ content, status }),
      )
    })
    .toEqual([
      { content: 'hello', status: 'done' },
      { content: tokensOf(socket.frames), status: 'interrupted' },
      { content: 'waits', status: 'done' },
      { content: 'second', status: 'done' },
    ])
  const again = await openSession(second.url, `/ws/session/s?position=${reason}`)
  await again.answers(1)
  expect(again.frames.filter(({ type }) => type === 'rewind')).toEqual([])
  expect(tokensOf(again.frames)).toBe('second')
})
