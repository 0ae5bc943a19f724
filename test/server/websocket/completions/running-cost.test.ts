/** The cost of a call on a socket, for clients that ask for it: frames of their own, the last of which is the row's. */
import { describe, expect, it } from 'vitest'
import { chatBody } from '../../../tools/app/asks.ts'
import { isCall } from '../../../tools/app/start-sluice.ts'
import {
  FLAT,
  RUNNING_COST,
  startSettled,
  TARGETS,
  WORDS,
} from '../../../tools/gateway/settled-house.ts'
import { chatOpenAiAt } from '../../../tools/providers/langchain/at-upstream.ts'
import { type FrameJson, openClient } from '../../../tools/server/websocket/open-client.ts'
import type { Answer } from '../../../tools/upstream/start.ts'

const start = () =>
  startSettled((url) => ({ prices: FLAT, demo: { paceMs: 0 }, langchain: [chatOpenAiAt(url)] }))

const isEnd = ({ type }: FrameJson): boolean => type === 'done' || type === 'error'

const costsOf = (frames: readonly FrameJson[], id: string): unknown[] =>
  frames.filter((frame) => frame.type === 'cost' && frame.id === id).map(({ cost }) => cost)

const ENDS: Readonly<Record<string, readonly [Answer, string]>> = {
  done: [{ ...WORDS, usage: { input: 500, output: 260 } }, '[[tokens 60]]'],
  'cut off': [{ ...WORDS, fault: { cutAfterEvents: 12 } }, '[[tokens 60]] [[cut 20]]'],
  failed: [{ ...WORDS, fault: { errorAfterEvents: 12 } }, '[[tokens 60]] [[garbage 20]]'],
}

const MODELS = [TARGETS.openai, TARGETS.anthropic, 'demo/demo', 'mine/gpt-4o']

describe.each(MODELS)('a call to %s', (model) => {
  const textFor = (directive: string) => (model.startsWith('demo') ? directive : 'hello')

  it.each(Object.entries(ENDS))('that is %s', async (end, [answer, directive]) => {
    const { sluice, upstream, settlements } = await start()
    upstream.next(answer)
    const client = await openClient(sluice.url, '/ws', { headers: RUNNING_COST })
    client.send({ id: 'a', ...chatBody(textFor(directive), { model }) })
    const last = await client.until('the end', isEnd)
    expect(last.type).toBe(end === 'done' ? 'done' : 'error')
    await sluice.logged(isCall)
    const costs = costsOf(client.frames, 'a')
    expect(settlements[0]?.cost).toBeGreaterThan(0)
    expect(costs.at(-1)).toBe(settlements[0]?.cost)
    expect(client.frames.at(-1)).toBe(last)
    expect(costs).toEqual((costs as number[]).toSorted((one, other) => one - other))
  })

  it('that is cancelled', async () => {
    const { sluice, upstream, settlements } = await start()
    upstream.next({ ...WORDS, fault: { stallAfterEvents: 12 } })
    const client = await openClient(sluice.url, '/ws', { headers: RUNNING_COST })
    const text = textFor('[[tokens 60]] [[stall 40]]')
    client.send({ id: 'a', ...chatBody(text, { model }) })
    await client.until('a cost', ({ type, cost }) => type === 'cost' && Number(cost) > 0)
    client.send({ type: 'cancel', id: 'a' })
    const last = await client.until('the end', isEnd)
    expect(last.error).toMatchObject({ code: 'cancelled' })
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'cancelled' }])
    expect(costsOf(client.frames, 'a').at(-1)).toBe(settlements[0]?.cost)
    expect(client.frames.at(-1)).toBe(last)
  })
})

it('a call that fails before it begins has the cost of its attempts', async () => {
  const { sluice, upstream, settlements } = await start()
  for (let at = 0; at < 3; at++) upstream.next({ fault: { cutAfterEvents: 0 } })
  const client = await openClient(sluice.url, '/ws', { headers: RUNNING_COST })
  client.send({ id: 'a', ...chatBody('x', { model: TARGETS.openai }) })
  await client.until('the end', isEnd)
  expect(settlements).toMatchObject([{ attempts: 3 }])
  expect(settlements[0]?.cost).toBeGreaterThan(0)
  expect(costsOf(client.frames, 'a')).toEqual([settlements[0]?.cost])
})

it('nothing is added for clients that do not ask, or if the price is unknown', async () => {
  const { sluice } = await startSettled()
  for (const [headers, model] of [
    [{}, TARGETS.openai],
    [RUNNING_COST, 'gpt-99'],
  ] as const) {
    const client = await openClient(sluice.url, '/ws', { headers })
    client.send({ id: 'a', ...chatBody('x', { model }) })
    await client.until('the end', isEnd)
    expect(JSON.stringify(client.frames)).not.toMatch(/cost/i)
  }
})
