/** Responses over a WebSocket: bare events, turns that build upon each other, lanes. */
import { describe, expect, it } from 'vitest'
import { GPT, responsesBody } from '../../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../../tools/app/house.ts'
import { isCall } from '../../../tools/app/start-sluice.ts'
import { eventually, within } from '../../../tools/app/within.ts'
import { checkResponsesAnswer, checkResponsesStream } from '../../../tools/checkers/index.ts'
import {
  type Client,
  type FrameJson,
  isError,
  openClient,
  refusedClient,
} from '../../../tools/server/websocket/open-client.ts'

const RESPONSES = '/v1/responses'
const WORDS = 'one two three four five six seven eight nine ten'

const user = (text: string) => ({ type: 'message', role: 'user', content: text })

const create = (input: unknown, more: object = {}) => ({
  type: 'response.create',
  model: GPT,
  input,
  store: false,
  ...more,
})

const isCompleted = (frame: FrameJson): boolean => frame.type === 'response.completed'

/** Sends a frame, and resolves with the id and the frames of its response. */
const turn = async (
  client: Client,
  frame: object,
): Promise<{ id: string; frames: FrameJson[] }> => {
  client.frames.length = 0
  client.send(frame)
  const completed = await client.until('the end of the response', isCompleted)
  return { id: String(completed.response?.id), frames: [...client.frames] }
}

const toStream = (frames: readonly FrameJson[]): Buffer =>
  Buffer.from(
    frames.map((frame) => `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`).join(''),
  )

const inputOf = (body: unknown): unknown => (body as { input: unknown }).input

describe('a frame', () => {
  it.each([
    ['with its type', create('hello')],
    ['that is a bare body', responsesBody('hello', { store: false })],
  ])('%s is answered with every event unchanged', async (_how, frame) => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ parts: [{ text: WORDS }] })
    const client = await openClient(sluice.url, RESPONSES, {
      headers: { 'openai-beta': 'responses_websockets=2026-02-06, other=v1' },
    })
    const { frames } = await turn(client, frame)
    expect(checkResponsesStream(toStream(frames))).toEqual([])
    const [call] = callsOf(upstream)
    expect(call?.body).toEqual({ model: GPT, input: 'hello', store: false, stream: true })
    expect(call?.headers['openai-beta']).toBe('other=v1')
    expect(JSON.stringify(call?.rawHeaders)).not.toMatch(/websocket|upgrade/i)
    expect(await sluice.logged(isCall)).toMatchObject({ route: 'WS /v1/responses', outcome: 'ok' })
  })

  it('that generates nothing is answered without a call, and built upon', async () => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, RESPONSES)
    const warm = await turn(client, create([user('first')], { generate: false }))
    expect(checkResponsesAnswer(warm.frames[1]?.response)).toEqual([])
    expect(warm.frames.map(({ type }) => type)).toEqual(['response.created', 'response.completed'])
    expect(warm.frames[1]?.response).toMatchObject({ output: [], usage: { total_tokens: 0 } })
    expect(callsOf(upstream)).toHaveLength(0)

    await turn(client, create([user('second')], { previous_response_id: warm.id }))
    const [call] = callsOf(upstream)
    expect(inputOf(call?.body)).toEqual([user('first'), user('second')])
    expect(call?.body).not.toHaveProperty('previous_response_id')
  })
})

describe('a turn', () => {
  it('sends only new input, and the upstream receives everything', async () => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, RESPONSES)
    upstream.next(
      {
        parts: [
          { reasoning: 'hm' },
          { toolCall: { name: 'look', arguments: '{"at":"ü"}', id: 'call_1' } },
        ],
      },
      { parts: [{ text: 'done' }] },
    )
    const tools = [
      { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } },
    ]
    const include = ['reasoning.encrypted_content']
    const first = await turn(client, create('look at it', { tools, include }))
    const output = { type: 'function_call_output', call_id: 'call_1', output: 'ok' }
    const second = await turn(
      client,
      create([output], { tools, include, previous_response_id: first.id }),
    )
    await turn(client, create([user('go on')], { previous_response_id: second.id, tools }))

    const items = (frames: readonly FrameJson[]) =>
      frames.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item)
    const calls = callsOf(upstream)
    expect(calls.map(({ refused }) => refused)).toEqual([undefined, undefined, undefined])
    expect(inputOf(calls[2]?.body)).toEqual([
      user('look at it'),
      ...items(first.frames),
      output,
      ...items(second.frames),
      user('go on'),
    ])
  })

  it('whose predecessor is unknown is refused with the error that makes a client start again', async () => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, RESPONSES)
    const other = await openClient(sluice.url, RESPONSES)
    const { id } = await turn(other, create('hello'))
    client.send(create('more', { previous_response_id: id }))
    expect(await client.until('an error', isError)).toEqual({
      type: 'error',
      status: 400,
      error: {
        type: 'invalid_request_error',
        code: 'previous_response_not_found',
        message: `Previous response with id '${id}' not found on this connection.`,
        param: 'previous_response_id',
      },
    })
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('whose predecessor may be stored elsewhere goes there', async () => {
    const { upstream, sluice } = await startHouse()
    const other = await openClient(sluice.url, RESPONSES)
    const { id } = await turn(other, create('hello', { store: true }))
    const client = await openClient(sluice.url, RESPONSES)
    await turn(client, create('more', { store: undefined, previous_response_id: id }))
    expect(callsOf(upstream)[1]?.body).toMatchObject({ previous_response_id: id, input: 'more' })
  })
})

describe('lanes', () => {
  it('run side by side, each in its order, and every event names its own', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next(
      { parts: [{ text: 'slow' }], delayMs: 400 },
      { parts: [{ text: 'quick' }] },
      { parts: [{ text: 'after the slow one' }] },
    )
    const client = await openClient(sluice.url, RESPONSES)
    client.send(create('1', { stream_id: 'a "lane"' }))
    await eventually('the first is under way', () => callsOf(upstream).length === 1, 30_000)
    client.send(create('2', { stream_id: 'a "lane"' }))
    client.send(create('3', { stream_id: 'b' }))
    await eventually('all have ended', () => client.frames.filter(isCompleted).length === 3, 30_000)
    expect(client.frames.filter(isCompleted).map(({ stream_id }) => stream_id)).toEqual([
      'b',
      'a "lane"',
      'a "lane"',
    ])
    expect(client.frames.every(({ stream_id }) => stream_id !== undefined)).toBe(true)
    expect(callsOf(upstream).map(({ body }) => inputOf(body))).toEqual(['1', '3', '2'])
  })

  it('are one if no frame names any', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ parts: [{ text: 'slow' }], delayMs: 200 }, { parts: [{ text: 'next' }] })
    const client = await openClient(sluice.url, RESPONSES)
    client.send(create('1'))
    client.send(create('2'))
    await eventually(
      'both have ended',
      () => client.frames.filter(isCompleted).length === 2,
      30_000,
    )
    const ids = client.frames.filter(isCompleted).map(({ response }) => response?.id)
    const firstEnd = client.frames.findIndex(isCompleted)
    expect(new Set(ids).size).toBe(2)
    expect(client.frames[firstEnd + 1]?.type).toBe('response.created')
  })

  it('are bounded', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ fault: { neverAnswer: true } })
    const client = await openClient(sluice.url, RESPONSES)
    for (let call = 0; call < 65; call++) client.send(create(`${call}`))
    expect(await client.until('an error', isError)).toMatchObject({
      status: 429,
      error: { code: 'too_many_calls' },
    })
  })
})

describe('a frame that cannot be', () => {
  it.each([
    ['no JSON', 'hello', null],
    ['of another type', '{"type":"response.dream","stream_id":"x"}', 'type'],
    ['without a model', '{"type":"response.create","stream_id":"x"}', 'model'],
    ['in the background', JSON.stringify(create('hello', { background: true })), 'background'],
    [
      'with a lane that is no string',
      JSON.stringify(create('hello', { stream_id: 5 })),
      'stream_id',
    ],
    [
      'with an input that is neither text nor list',
      JSON.stringify(create({ a: 1 }, { generate: false })),
      'input',
    ],
    [
      'that steers nobody knows what',
      '{"type":"response.steer","input":"Stop."}',
      'previous_response_id',
    ],
    [
      'that steers with nothing',
      '{"type":"response.steer","previous_response_id":"resp_1"}',
      'input',
    ],
  ])('%s is answered by an error that names the field', async (_what, frame, param) => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, RESPONSES)
    client.send(frame)
    const told = await client.until('an error', isError)
    expect(told).toMatchObject({ status: 400, error: { type: 'invalid_request_error', param } })
    expect(told.stream_id).toBe(frame.includes('"x"') ? 'x' : undefined)
    await turn(client, create('hello'))
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('does not steer a response: the input is returned, and the connection stays open', async () => {
    const { sluice } = await startHouse()
    const client = await openClient(sluice.url, RESPONSES)
    const steer = { input: [user('Stop.')], previous_response_id: 'resp_1' }
    client.send({ type: 'response.steer', ...steer })
    const told = await client.until('a refusal', ({ type }) => type === 'response.steer.failed')
    expect(told).toMatchObject({
      steer,
      error: { type: 'invalid_request_error', code: 'steering_not_supported' },
    })
    await turn(client, create('hello'))
  })

  it('of the upstream is reported with its message and headers', async () => {
    const { upstream, sluice } = await startHouse({ retry: { retries: 0, baseMs: 1 } })
    const error = { message: 'slow down', type: 'tokens', code: 'rate_limit_exceeded', param: null }
    upstream.next({
      fault: { status: 429, body: { error }, headers: { 'retry-after': '7' } },
    })
    const client = await openClient(sluice.url, RESPONSES)
    client.send(create('hello'))
    expect(await client.until('an error', isError)).toMatchObject({
      status: 429,
      error: { ...error, headers: { 'retry-after': '7', 'x-sluice-target': 'openai/gpt-4o' } },
    })
  })
})

it('is 426 if it is disabled, and chat is not', async () => {
  const { sluice } = await startHouse({ responsesWebSocket: false })
  expect((await refusedClient(sluice.url, RESPONSES)).status).toBe(426)
  await openClient(sluice.url, '/ws')
})

it('tells a client that connects during a shutdown to reconnect', async () => {
  const { upstream, sluice } = await startHouse({ drainMs: 10_000 })
  upstream.next({ parts: [{ text: WORDS }], paceMs: 60 })
  const client = await openClient(sluice.url, RESPONSES)
  client.send(create('hello'))
  await client.until('the beginning', ({ type }) => type === 'response.created')
  const closing = sluice.close()
  client.send(create('again', { stream_id: 'b' }))
  expect(await client.until('an error', isError)).toMatchObject({
    stream_id: 'b',
    error: { code: 'websocket_connection_limit_reached' },
  })
  await client.until('the end', isCompleted)
  expect(await within(30_000, 'the close', client.closed)).toBe(1001)
  await closing
})
