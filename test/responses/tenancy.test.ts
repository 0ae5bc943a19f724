/** What an upstream keeps for one caller is out of reach of all others, though they share its key. */
import { describe, expect, it } from 'vitest'
import { CLAUDE, GPT, RESPONSES } from '../tools/app/asks.ts'
import {
  callsOf,
  type House,
  sluiceForTest,
  startHouse,
  upstreamForTest,
} from '../tools/app/house.ts'
import { openaiAt } from '../tools/app/start-sluice.ts'
import { type FrameJson, openClient } from '../tools/server/websocket/open-client.ts'

const KEYS = ['first-key', 'second-key']
const [ADA, BOB] = KEYS
const as = (key: string | undefined) => ({ authorization: `Bearer ${key}` })

interface Outcome {
  readonly status: number
  readonly error: Record<string, unknown> | undefined
}
type Ask = (sluice: House, key: string | undefined, body: string) => Promise<Outcome>

const DOORS: readonly (readonly [string, Ask])[] = [
  [
    'HTTP',
    async (sluice, key, body) => {
      const { status, json } = await sluice.send(RESPONSES, { headers: as(key), body })
      return { status, error: json.error as Outcome['error'] }
    },
  ],
  [
    'the WebSocket',
    async (sluice, key, body) => {
      const client = await openClient(sluice.url, RESPONSES, { headers: as(key) })
      client.send(body)
      const isEnd = ({ type }: FrameJson) => type === 'error' || type === 'response.completed'
      const end = await client.until('the end', isEnd)
      return end.type === 'error'
        ? { status: Number(end.status), error: end.error }
        : { status: 200, error: undefined }
    },
  ],
]

/** A response of Ada's with thoughts and a message, and the ids of both. */
const giveToAda = async (sluice: House, stream = false) => {
  const body = { model: GPT, input: 'A secret.', stream }
  const { text } = await sluice.send(RESPONSES, { headers: as(ADA), body })
  const idOf = (prefix: string) => new RegExp(`"id":"(${prefix}_[^"]+)"`).exec(text)?.[1] ?? ''
  return { response: idOf('resp'), message: idOf('msg'), reasoning: idOf('rs') }
}

const houseWithThoughts = async (more: object = {}) => {
  const { sluice, upstream } = await startHouse({ keys: KEYS, ...more })
  upstream.next({ parts: [{ reasoning: 'Secret thoughts.' }, { text: 'Secret words.' }] })
  return { sluice, upstream }
}

const say = '{"role":"user","content":"Say it again."}'
const ask = (items: string, more = '') => `{"model":"${GPT}",${more}"input":[${items}${say}]}`

const SPELLINGS: readonly (readonly [string, (id: string) => string])[] = [
  ['by its type', (id) => `{"type":"item_reference","id":"${id}"},`],
  ['without a type', (id) => `{"id":"${id}"},`],
  ['with a type that is null', (id) => `{"type":null,"id":"${id}"},`],
  ['with an escaped type', (id) => String.raw`{"type":"item\u005freference","id":"${id}"},`],
  ['with escaped names', (id) => String.raw`{"\u0074ype":"item_reference","i\u0064":"${id}"},`],
  ['with an escaped id', (id) => `{"type":"item_reference","id":"\\u006d${id.slice(1)}"},`],
]

describe.each(DOORS)('over %s', (_, send) => {
  describe.each([false, true])('an item of a relayed answer (streamed: %s)', (stream) => {
    it.each(SPELLINGS)('may be named by its caller alone, %s', async (_how, spell) => {
      const { sluice, upstream } = await houseWithThoughts()
      const { message } = await giveToAda(sluice, stream)
      const refused = await send(sluice, BOB, ask(spell(message)))
      expect(refused.status).toBe(404)
      expect(refused.error).toMatchObject({ param: 'input[0].id' })
      expect(callsOf(upstream)).toHaveLength(1)
      const own = await send(sluice, ADA, ask(spell(message)))
      expect(own.status).toBe(200)
      expect(callsOf(upstream)).toHaveLength(2)
    })
  })

  it.each([
    ['thoughts', (id: string) => `{"type":"reasoning","id":"${id}","summary":[]},`],
    [
      'thoughts with words of its own',
      (id: string) =>
        `{"type":"reasoning","id":"${id}","summary":[{"type":"summary_text","text":"x"}]},`,
    ],
    ['an image', (id: string) => `{"type":"image_generation_call","id":"${id}"},`],
    [
      'an approval',
      (id: string) =>
        `{"type":"mcp_approval_response","approve":true,"approval_request_id":"${id}"},`,
    ],
    ['a search', (id: string) => `{"type":"web_search_call","id":"${id}","status":"completed"},`],
  ])('another caller’s id cannot be named as %s', async (_what, spell) => {
    const { sluice, upstream } = await houseWithThoughts()
    const { reasoning } = await giveToAda(sluice)
    const refused = await send(sluice, BOB, ask(spell(reasoning)))
    expect(refused.status).toBe(404)
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('reasoning with an id only works for the caller that received it', async () => {
    const { sluice, upstream } = await houseWithThoughts()
    const { reasoning, message } = await giveToAda(sluice)
    const words = `{"type":"item_reference","id":"${message}"},`
    const thoughts = `{"type":"reasoning","id":"${reasoning}","summary":[]},`
    expect((await send(sluice, ADA, ask(thoughts + words))).status).toBe(200)
    expect(callsOf(upstream)[1]?.refused).toBeUndefined()
  })

  it.each([
    ['previous_response_id', '"previous_response_id":"resp_unknown",', 400],
    ['conversation', '"conversation":"conv_unknown",', 404],
    ['conversation', '"conversation":{"id":"conv_unknown"},', 404],
  ])('%s that no caller received is refused: %s', async (param, more, status) => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    const refused = await send(sluice, ADA, ask('', more))
    expect(refused.status).toBe(status)
    expect(refused.error).toMatchObject({ param })
    expect(callsOf(upstream)).toEqual([])
  })

  it('an item that no caller received is refused', async () => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    const refused = await send(sluice, ADA, ask('{"type":"item_reference","id":"msg_unknown"},'))
    expect(refused.status).toBe(404)
    expect(callsOf(upstream)).toEqual([])
  })

  it('items with their content are accepted, whatever their ids', async () => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    const call = '{"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}"},'
    const output = '{"type":"function_call_output","id":"fco_1","call_id":"c","output":"done"},'
    const message =
      '{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"x","annotations":[]}],"status":"completed"},'
    expect((await send(sluice, ADA, ask(message + call + output))).status).toBe(200)
    expect(callsOf(upstream)).toHaveLength(1)
  })

  const twice = (key: string, first: string, second: string) =>
    `"${key}":${first},"${key}":${second},`

  it.each<readonly [string, (own: string, foreign: string) => string]>([
    [
      'previous_response_id',
      (own, foreign) => ask('', twice('previous_response_id', own, foreign)),
    ],
    [
      'previous_response_id',
      (own, foreign) =>
        ask('', String.raw`"previous_response_id":${own},"previous\u005fresponse_id":${foreign},`),
    ],
    ['conversation', (own, foreign) => ask('', twice('conversation', own, foreign))],
    [
      'conversation.id',
      (own, foreign) => ask('', `"conversation":{"id":${own},"\\u0069d":${foreign}},`),
    ],
    [
      'input',
      (own, foreign) =>
        `{"model":"${GPT}",${twice('input', '"Hi."', `[{"id":${foreign}}]`)}"user":${own}}`,
    ],
    [
      'input[0].id',
      (own, foreign) => ask(`{"type":"item_reference","id":${own},"id":${foreign}},`),
    ],
    [
      'input[0].type',
      (_own, foreign) =>
        ask(`{"type":"message","type":"item_reference","role":"user","id":${foreign}},`),
    ],
  ])('%s cannot be there twice', async (param, spell) => {
    const { sluice, upstream } = await houseWithThoughts()
    const { response } = await giveToAda(sluice)
    upstream.next({ parts: [{ text: 'For Bob.' }] })
    const { json } = await sluice.send(RESPONSES, {
      headers: as(BOB),
      body: { model: GPT, input: 'Hello.' },
    })
    const frame = spell(JSON.stringify(json.id), JSON.stringify(response))
    const refused = await send(sluice, BOB, frame)
    expect(refused.status).toBe(400)
    expect(refused.error).toMatchObject({ param })
    expect(callsOf(upstream)).toHaveLength(2)
  })

  it('an unknown id is looked up if callers are configured to trust each other', async () => {
    const { sluice, upstream } = await startHouse({ keys: KEYS, trustUnknownIds: true })
    await send(sluice, ADA, ask('', '"conversation":"conv_1",'))
    expect((await send(sluice, BOB, ask('', '"conversation":"conv_1",'))).status).toBe(200)
    await send(sluice, BOB, ask('', '"previous_response_id":"resp_unknown",'))
    await send(sluice, BOB, ask('{"type":"item_reference","id":"msg_unknown"},'))
    expect(callsOf(upstream)).toHaveLength(4)
    const { response, message } = await giveToAda(sluice)
    for (const body of [
      ask('', `"previous_response_id":"${response}",`),
      ask(`{"type":"item_reference","id":"${message}"},`),
    ])
      expect((await send(sluice, BOB, body)).status).toBeGreaterThanOrEqual(400)
    expect(callsOf(upstream)).toHaveLength(5)
  })

  it('with one key, everything is forwarded unchanged', async () => {
    const { sluice, upstream } = await startHouse({ keys: [ADA ?? ''] })
    const bodies = [
      ask('', '"previous_response_id":"resp_unknown",'),
      ask('', '"conversation":"conv_unknown",'),
      ask('{"type":"item_reference","id":"msg_unknown"},'),
      ask('{"type":"reasoning","id":"rs_unknown","summary":[]},'),
    ]
    for (const body of bodies) await send(sluice, ADA, body)
    expect(callsOf(upstream)).toHaveLength(bodies.length)
  })
})

describe('a thread of Messages', () => {
  const headersOf = (key: string | undefined) => ({
    ...as(key),
    'anthropic-beta': 'message-threads-2026-01-01',
  })
  const begin = {
    model: CLAUDE,
    max_tokens: 100,
    messages: [{ role: 'user', content: 'A secret.' }],
  }
  const goOn = (id: unknown) =>
    JSON.stringify({ ...begin, thread: { type: 'continue', previous_message_id: id } })

  it.each([false, true])('is continued by its caller only (streamed: %s)', async (stream) => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    const thread = { type: 'create' }
    const body = { ...begin, stream, thread }
    const { text } = await sluice.send('/v1/messages', { headers: headersOf(ADA), body })
    const id = /"id":"(msg_[^"]+)"/.exec(text)?.[1] ?? ''
    const spellings = [
      goOn(id),
      goOn(id).replace('"thread"', String.raw`"thr\u0065ad"`),
      goOn('msg_unknown'),
    ]
    for (const foreign of spellings) {
      const refused = await sluice.send('/v1/messages', { headers: headersOf(BOB), body: foreign })
      expect(refused.status).toBe(400)
      expect(refused.json.error).toMatchObject({
        details: { error_code: 'thread_unsupported_request' },
      })
    }
    const twice = goOn('msg_own').replace(
      '"previous_message_id"',
      `"previous_message_id":"${id}",$&`,
    )
    expect(
      (await sluice.send('/v1/messages', { headers: headersOf(BOB), body: twice })).status,
    ).toBe(400)
    expect(callsOf(upstream)).toHaveLength(1)
    const own = await sluice.send('/v1/messages', { headers: headersOf(ADA), body: goOn(id) })
    expect(own.status).toBe(200)
  })

  it('is forwarded unchanged if there is one caller', async () => {
    const { sluice, upstream } = await startHouse()
    const headers = headersOf(undefined)
    const refused = await sluice.send('/v1/messages', { headers, body: goOn('msg_unknown') })
    expect(refused.status).toBe(404)
    expect(callsOf(upstream)).toHaveLength(1)
  })
})

describe('a container', () => {
  it('of Messages that no caller received is refused', async () => {
    const { sluice, upstream } = await startHouse({ keys: KEYS })
    const body = { model: CLAUDE, max_tokens: 100, messages: [{ role: 'user', content: 'x' }] }
    for (const container of ['container_1', { id: 'container_1' }]) {
      const refused = await sluice.send('/v1/messages', {
        headers: as(BOB),
        body: { ...body, container },
      })
      expect(refused.status).toBe(404)
    }
    expect(callsOf(upstream)).toEqual([])
  })
})

it('a count and a summary cannot refer to another caller’s data', async () => {
  const { sluice, upstream } = await houseWithThoughts()
  const { response, message } = await giveToAda(sluice)
  const bodies = [
    ask('', `"previous_response_id":"${response}",`),
    ask(`{"type":"item_reference","id":"${message}"},`),
  ]
  for (const path of ['/input_tokens', '/compact'])
    for (const body of bodies) {
      const { status } = await sluice.send(RESPONSES + path, { headers: as(BOB), body })
      expect(status).toBeGreaterThanOrEqual(400)
    }
  expect(callsOf(upstream)).toHaveLength(1)
})

it('the items of an upstream’s background answer belong to the caller that polls it', async () => {
  const { sluice, upstream } = await houseWithThoughts()
  const body = { model: GPT, input: 'Hello.', background: true }
  const { json } = await sluice.send(RESPONSES, { headers: as(ADA), body })
  const path = `${RESPONSES}/${String(json.id)}`
  await sluice.send(path, { headers: as(ADA) })
  const { text } = await sluice.send(path, { headers: as(ADA) })
  const message = /"id":"(msg_[^"]+)"/.exec(text)?.[1]
  const named = ask(`{"type":"item_reference","id":"${message}"},`)
  expect((await sluice.send(RESPONSES, { headers: as(BOB), body: named })).status).toBe(404)
  expect((await sluice.send(RESPONSES, { headers: as(ADA), body: named })).status).toBe(200)
  expect(callsOf(upstream)).toHaveLength(2)
})

it('a model still receives reasoning from another vendor', async () => {
  const { sluice } = await startHouse({ keys: KEYS })
  const body = ask('{"type":"reasoning","id":"rs_unknown","summary":[]},').replace(GPT, CLAUDE)
  expect((await sluice.send(RESPONSES, { headers: as(ADA), body })).status).toBe(200)
})

it('a reference goes to the target that has the item, whichever is first in the list', async () => {
  const [first, second] = [await upstreamForTest(), await upstreamForTest()]
  const sluice = await sluiceForTest({
    providers: [
      { ...openaiAt(first.url), name: 'one' },
      { ...openaiAt(second.url), name: 'two' },
    ],
    aliases: [{ name: 'either', targets: [`one/${GPT}`, `two/${GPT}`] }],
  })
  first.next({ fault: { status: 500 } })
  const { text } = await sluice.send(RESPONSES, {
    body: { model: 'either', input: 'Hello.', stream: true },
  })
  const input = [
    { type: 'item_reference', id: /"id":"(msg_[^"]+)"/.exec(text)?.[1] },
    { role: 'user', content: 'Go on.' },
  ]
  const next = await sluice.send(RESPONSES, { body: { model: 'either', input } })
  expect(next.status).toBe(200)
  expect(next.headers['x-sluice-target']).toBe(`two/${GPT}`)
  expect(callsOf(first)).toHaveLength(1)
  const elsewhere = await sluice.send(RESPONSES, { body: { model: `one/${GPT}`, input } })
  expect(elsewhere.status).toBe(400)
  expect(elsewhere.json.error).toMatchObject({
    param: 'input[0].id',
    message: expect.stringContaining("is kept by 'two'"),
  })
})
