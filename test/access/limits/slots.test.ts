/** A stream holds its slot until it ends, in whatever way it ends, and no longer. */
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { headers, KEY, startLimited } from '../../tools/access/limited.ts'
import { callsOf, type House } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { eventually, PATIENCE_MS, within } from '../../tools/app/within.ts'
import type { Answer } from '../../tools/upstream/start.ts'

const WORDS = 'one two three four five six seven eight nine ten'

const startOne = () => startLimited({ concurrentStreams: 1 })

const ROUTES = [
  ['chat, relayed', CHAT, chatBody('x', { stream: true })],
  ['chat, translated', CHAT, chatBody('x', { stream: true, model: CLAUDE })],
  ['messages, relayed', MESSAGES, messagesBody('x', { stream: true })],
  ['messages, translated', MESSAGES, messagesBody('x', { stream: true, model: GPT })],
  ['responses, relayed', RESPONSES, responsesBody('x', { stream: true })],
] as const

/** Another stream passes, so nothing holds the slot. */
const expectFree = async (sluice: House, calls: number) => {
  await within(
    PATIENCE_MS,
    'the call is settled',
    sluice.logged(() => sluice.log.filter(isCall).length >= calls),
  )
  const next = await sluice.send(CHAT, { headers, body: chatBody('x', { stream: true }) })
  expect(next.status).toBe(200)
}

const ENDS: readonly (readonly [string, Answer])[] = [
  ['is complete', { parts: [{ text: WORDS }] }],
  ['is cut in the middle', { parts: [{ text: WORDS }], pieces: 10, fault: { cutAfterEvents: 4 } }],
  ['ends too early', { parts: [{ text: WORDS }], pieces: 10, fault: { endAfterEvents: 4 } }],
  ['reports an error', { parts: [{ text: WORDS }], pieces: 10, fault: { errorAfterEvents: 4 } }],
  ['never begins', { fault: { resetBeforeAnswer: true } }],
  ['is refused', { fault: { status: 400, body: { error: { message: 'no' } } } }],
  ['is not a stream', { fault: { html: 502 } }],
]

describe.each(ROUTES)('the slot of a stream of %s is free', (_, path, body) => {
  it.each(ENDS)('after a stream that %s', async (_end, answer) => {
    const { sluice, upstream } = await startOne()
    upstream.next(answer)
    await sluice.send(path, { headers, body })
    await expectFree(sluice, 1)
  })

  it.each<[string, Answer, string]>([
    ['before the first event', { fault: { neverAnswer: true } }, ''],
    [
      'in the middle',
      { parts: [{ text: WORDS }], pieces: 10, fault: { stallAfterEvents: 7 } },
      'one',
    ],
  ])('when its client leaves %s', async (_when, answer, seen) => {
    const { sluice, upstream } = await startOne()
    upstream.next(answer)
    const client = await openRawClient(sluice.url)
    client.write(toRequest(path, body, [`authorization: Bearer ${KEY}`]))
    await eventually('the upstream is called', () => callsOf(upstream).length === 1)
    if (seen !== '') await client.until(seen)
    const refused = await sluice.send(path, { headers, body })
    expect(refused.status).toBe(429)
    client.socket.destroy()
    await expectFree(sluice, 2)
  })
})

it('the slot of a run in the background is free when it is cancelled, and not when its client leaves', async () => {
  const { sluice, upstream } = await startOne()
  upstream.next({ fault: { neverAnswer: true } })
  const body = responsesBody('x', { model: CLAUDE, background: true, stream: true })
  const client = await openRawClient(sluice.url)
  client.write(toRequest(RESPONSES, body, [`authorization: Bearer ${KEY}`]))
  const text = await client.until('response.created')
  client.socket.destroy()
  await eventually('the upstream is called', () => callsOf(upstream).length === 1)
  const streamed = { headers, body: chatBody('x', { stream: true }) }
  expect((await sluice.send(CHAT, streamed)).status).toBe(429)
  const [, id = ''] = /"id":"(resp_[^"]+)"/.exec(text) ?? []
  await sluice.send(`${RESPONSES}/${id}/cancel`, { headers, method: 'POST' })
  await expectFree(sluice, 2)
})

it('no slot is left after hundreds of streams that end in every way', async () => {
  const { sluice, upstream } = await startLimited({ concurrentStreams: 3 })
  const total = 240
  for (let at = 0; at < total; at += 12) {
    upstream.next(...ENDS.map(([, answer]) => answer))
    await Promise.all(
      Array.from({ length: 12 }, (_, nth) => {
        const [, path, body] = ROUTES[(at + nth) % ROUTES.length] ?? ROUTES[0]
        const leaves = nth % 3 === 0
        const sending = leaves ? { signal: AbortSignal.timeout(nth * 3 + 1) } : {}
        return sluice.send(path, { headers, body, ...sending }).catch(() => undefined)
      }),
    )
  }
  const ask = async () =>
    (await sluice.send(CHAT, { headers, body: chatBody('x', { stream: true }) })).status
  const isFine = (statuses: readonly number[]) => statuses.every((status) => status === 200)
  let statuses: number[] = [0]
  // The upstream still has some of its faults to play, and some clients have only just left.
  for (let tries = 0; tries < 200 && !isFine(statuses); tries++)
    statuses = await Promise.all([ask(), ask(), ask()])
  expect(statuses).toEqual([200, 200, 200])
})
