/** The cost of a response on a socket, for clients that ask for it: a field of events, the last of which is the row's. */
import { describe, expect, it } from 'vitest'
import { responsesBody } from '../../../tools/app/asks.ts'
import { isCall } from '../../../tools/app/start-sluice.ts'
import { checkResponsesStream } from '../../../tools/checkers/index.ts'
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

const RESPONSES = '/v1/responses'

const start = () =>
  startSettled((url) => ({ prices: FLAT, demo: { paceMs: 0 }, langchain: [chatOpenAiAt(url)] }))

const ENDINGS = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
  'error',
])
const isEnd = ({ type }: FrameJson): boolean => ENDINGS.has(type ?? '')

const costsOf = (frames: readonly FrameJson[]): unknown[] =>
  frames.flatMap(({ sluiceCost }) => sluiceCost ?? [])

const ENDS: Readonly<Record<string, readonly [Answer, string]>> = {
  'is complete': [{ ...WORDS, usage: { input: 500, output: 260 } }, '[[tokens 60]]'],
  'is cut off': [{ ...WORDS, fault: { cutAfterEvents: 12 } }, '[[tokens 60]] [[cut 20]]'],
  fails: [{ ...WORDS, fault: { errorAfterEvents: 12 } }, '[[tokens 60]] [[garbage 20]]'],
}

const MODELS = [...Object.values(TARGETS), 'demo/demo', 'mine/gpt-4o']
const CASES = MODELS.flatMap((model) =>
  Object.entries(ENDS).map(([end, how]) => [model, end, how] as const),
)

describe('the last event of a response', () => {
  it.each(CASES)('of %s that %s has its cost', async (model, end, [answer, directive]) => {
    const { sluice, upstream, settlements } = await start()
    upstream.next(answer)
    const client = await openClient(sluice.url, RESPONSES, { headers: RUNNING_COST })
    const text = model.startsWith('demo') ? directive : 'hello'
    client.send(responsesBody(text, { model, store: false }))
    const last = await client.until('the end', isEnd)
    expect(last.type === 'response.completed').toBe(end === 'is complete')
    await sluice.logged(isCall)
    expect(settlements[0]?.cost).toBeGreaterThan(0)
    expect(last.sluiceCost).toBe(settlements[0]?.cost)
    const costs = costsOf(client.frames) as number[]
    expect(costs).toEqual(costs.toSorted((one, other) => one - other))
  })

  it('that never began has the cost of its attempts', async () => {
    const { sluice, upstream, settlements } = await start()
    for (let at = 0; at < 3; at++) upstream.next({ fault: { cutAfterEvents: 0 } })
    const client = await openClient(sluice.url, RESPONSES, { headers: RUNNING_COST })
    client.send(responsesBody('hello', { model: TARGETS.openai, store: false }))
    const last = await client.until('the end', isEnd)
    expect(settlements).toMatchObject([{ attempts: 3 }])
    expect(settlements[0]?.cost).toBeGreaterThan(0)
    expect(last).toMatchObject({ type: 'error', sluiceCost: settlements[0]?.cost })
  })
})

it('a client that asks for the cost receives the same events, and continues its responses', async () => {
  const { sluice } = await start()
  const client = await openClient(sluice.url, RESPONSES, { headers: RUNNING_COST })
  let previous: unknown
  for (let turn = 0; turn < 3; turn++) {
    client.frames.length = 0
    client.send(
      responsesBody(`turn ${turn}`, {
        store: false,
        stream_id: 'main',
        ...(previous === undefined ? {} : { previous_response_id: previous }),
      }),
    )
    const { response } = await client.until('the end', isEnd)
    previous = response?.id
    const stream = client.frames.map((frame) => {
      const event = { ...frame, sluiceCost: undefined, stream_id: undefined }
      return `event: ${frame.type}\ndata: ${JSON.stringify(event)}\n\n`
    })
    expect(checkResponsesStream(Buffer.from(stream.join('')))).toEqual([])
    expect(client.frames.every(({ stream_id }) => stream_id === 'main')).toBe(true)
    expect(costsOf(client.frames).length).toBeGreaterThan(0)
  }
})

it('nothing is added for clients that do not ask', async () => {
  const { sluice, upstream } = await start()
  const client = await openClient(sluice.url, RESPONSES)
  client.send(responsesBody('hello', { store: false }))
  await client.until('the end', isEnd)
  client.frames.length = 0
  upstream.next({ fault: { status: 400 } })
  client.send(responsesBody('hello', { store: false }))
  await client.until('the refusal', isEnd)
  expect(costsOf(client.frames)).toEqual([])
})
