/** What a Gemini stream told of its usage counts where it ends too early: every piece tells what was used so far. */
import { expect, it } from 'vitest'
import { CHAT, chatBody } from '../app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../app/house.ts'
import { geminiAt, isCall } from '../app/start-sluice.ts'

const MODEL = 'gemini-2.5-flash'

it.each([
  ['relayed', `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`, undefined],
  ['translated', CHAT, chatBody('hello', { model: MODEL, stream: true })],
])('where it is %s', async (_lane, path, chat) => {
  const upstream = await upstreamForTest()
  const sluice = await sluiceForTest({ providers: [geminiAt(upstream.url)] })
  upstream.next({
    parts: [{ text: 'one two three four five six seven eight nine ten' }],
    pieces: 10,
    usage: { input: 777, output: 99 },
    fault: { endAfterEvents: 6 },
  })
  const body = chat ?? { contents: [{ parts: [{ text: 'hello' }] }] }
  await sluice.send(path, { body })
  expect(callsOf(upstream)).toHaveLength(1)
  const line = await sluice.logged(isCall)
  // The pieces before the last one tell nothing of the output there: it is estimated.
  expect(line).toMatchObject({ outcome: 'upstream_broken', tokensIn: 777, estimated: true })
  expect(line.tokensOut).toBeGreaterThan(0)
  expect(line.tokensOut).toBeLessThan(99)
})
