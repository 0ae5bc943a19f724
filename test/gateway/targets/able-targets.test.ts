/** A call goes to a target that can do what it needs, and is refused in its own dialect if there is none. */
import { describe, expect, it } from 'vitest'
import type { ModelSettings } from '#router'
import { CHAT, chatBody, messagesBody, RESPONSES } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { isError, openClient } from '../../tools/server/websocket/open-client.ts'
import { LONG, type NeedyAsk, needyAsks } from '../../tools/gateway/needy-asks.ts'

const MODEL = 'gpt-5-mini'
const ASKS = needyAsks('both')

const CANNOT = { tools: false, images: false, pdfs: false, audio: false, json_schema: false }

/** It cannot do anything that a model may lack. */
const unable = (target: string): ModelSettings => ({
  target,
  abilities: { ...CANNOT, reasoning: false, streaming: false },
  context: 1000,
})

const only = (target: string, need: NeedyAsk['need']): ModelSettings =>
  need === 'context'
    ? { target, abilities: {}, context: 1000 }
    : { target, abilities: { [need]: false } }

const startTwo = async (models: readonly ModelSettings[]) => {
  const [first, second] = await Promise.all([upstreamForTest(), upstreamForTest()])
  const sluice = await sluiceForTest({
    providers: [
      { ...openaiAt(first.url), name: 'first' },
      { ...openaiAt(second.url), name: 'second' },
    ],
    aliases: [{ name: 'both', targets: [`first/${MODEL}`, `second/${MODEL}`] }],
    modelSettings: models,
  })
  return { first, second, sluice }
}

/** Each dialect has the field of an error in another place, or in the message alone. */
const errorOf = (json: Record<string, unknown>) =>
  json.error as { message: string; param?: string; type?: string; status?: string; code?: unknown }

describe.each(ASKS)(
  'a call of $protocol that needs $need',
  ({ need, protocol, path, body, field }) => {
    it('skips a target that cannot', async () => {
      const { first, second, sluice } = await startTwo([only('first/*', need)])
      const answer = await sluice.send(path, { body })
      expect(callsOf(first)).toHaveLength(0)
      expect(callsOf(second)).toHaveLength(1)
      expect(answer.status, answer.text).toBe(200)
    })

    it('is refused if none can, with what is missing where', async () => {
      const { first, second, sluice } = await startTwo([only('*', need)])
      const answer = await sluice.send(path, { body })
      expect(callsOf(first).length + callsOf(second).length).toBe(0)
      expect(answer.status).toBe(400)
      const { message, param, type, status } = errorOf(answer.json)
      expect(message).toContain(`first/${MODEL}`)
      expect(message).toContain(`second/${MODEL}`)
      expect(message).toContain('configuration')
      expect(message).not.toContain('hello')
      if (protocol.startsWith('openai')) expect(param).toBe(field)
      if (protocol === 'anthropic-messages') expect(type).toBe('invalid_request_error')
      if (protocol === 'gemini') expect(status).toBe('INVALID_ARGUMENT')
    })
  },
)

const CHAT_IMAGE = ASKS.find(
  ({ need, protocol }) => need === 'images' && protocol === 'openai-chat',
) as NeedyAsk
const RESPONSES_IMAGE = ASKS.find(
  ({ need, protocol }) => need === 'images' && protocol === 'openai-responses',
) as NeedyAsk

describe.each([
  ['/ws', { id: 'a', ...CHAT_IMAGE.body }, 'done', 'messages'],
  [RESPONSES, RESPONSES_IMAGE.body, 'response.completed', 'input'],
])('a call on the socket %s', (path, frame, end, field) => {
  it('skips a target that cannot', async () => {
    const { first, second, sluice } = await startTwo([only('first/*', 'images')])
    const client = await openClient(sluice.url, path)
    client.send(frame)
    await client.until('the end', ({ type }) => type === end)
    expect(callsOf(first)).toHaveLength(0)
    expect(callsOf(second)).toHaveLength(1)
    client.socket.close()
  })

  it('is refused in a frame if none can', async () => {
    const { first, second, sluice } = await startTwo([only('*', 'images')])
    const client = await openClient(sluice.url, path)
    client.send(frame)
    const told = await client.until('an error', isError)
    expect(told).toMatchObject({ status: 400, error: { param: field } })
    expect(callsOf(first).length + callsOf(second).length).toBe(0)
    client.socket.close()
  })
})

describe.each([{ stream: true }, { background: true }])('a call with %o', (more) => {
  it('skips a target that cannot, and is refused at once if none can', async () => {
    const { path, body } = RESPONSES_IMAGE
    const some = await startTwo([only('first/*', 'images')])
    expect((await some.sluice.send(path, { body: { ...body, ...more } })).status).toBe(200)
    expect(callsOf(some.first)).toHaveLength(0)
    expect(callsOf(some.second)).toHaveLength(1)
    const none = await startTwo([only('*', 'images')])
    const refused = await none.sluice.send(path, { body: { ...body, ...more } })
    expect(refused.status).toBe(400)
    expect(errorOf(refused.json).param).toBe('input')
  })
})

it('a caller is told only of targets that it may use', async () => {
  const { url } = await upstreamForTest()
  const sluice = await sluiceForTest({
    providers: [
      { ...openaiAt(url), name: 'first' },
      { ...openaiAt(url), name: 'second' },
    ],
    keys: [{ key: 'sk-ann', models: ['first/*'] }],
    aliases: [{ name: 'both', targets: [`first/${MODEL}`, `second/${MODEL}`] }],
    modelSettings: [only('first/*', 'images')],
  })
  const { path, body } = CHAT_IMAGE
  const refused = await sluice.send(path, { body, headers: { authorization: 'Bearer sk-ann' } })
  expect(refused.status).toBe(400)
  expect(errorOf(refused.json).message).toContain('first/')
  expect(errorOf(refused.json).message).not.toContain('second/')
})

describe('a call that needs nothing special', () => {
  it('goes to the first target, whatever that cannot do', async () => {
    const { first, second, sluice } = await startTwo([unable('first/*')])
    const answer = await sluice.send(CHAT, { body: chatBody('hello', { model: 'both' }) })
    expect(answer.status).toBe(200)
    expect(callsOf(first)).toHaveLength(1)
    expect(callsOf(second)).toHaveLength(0)
  })

  it('may speak of images, and even quote a request with one', async () => {
    const { first, sluice } = await startTwo([unable('first/*')])
    const text = JSON.stringify({
      type: 'image_url',
      image_url: { url: 'https://a.example/b.png' },
    })
    for (const said of [text, 'image_url', 'image'])
      expect((await sluice.send(CHAT, { body: chatBody(said, { model: 'both' }) })).status).toBe(
        200,
      )
    expect(callsOf(first)).toHaveLength(3)
  })
})

it('counts the tokens of a call that nobody could serve', async () => {
  const { sluice } = await startTwo([unable('*')])
  const { max_tokens: _, ...body } = messagesBody(LONG, { model: 'both' })
  const answer = await sluice.send('/v1/messages/count_tokens', { body })
  expect(answer.status).toBe(200)
})

it('tells clients that shorten their conversation that it is too long', async () => {
  const { sluice } = await startTwo([unable('*')])
  const answer = await sluice.send(CHAT, { body: chatBody(LONG, { model: 'both' }) })
  expect(errorOf(answer.json).code).toBe('context_length_exceeded')
  expect(errorOf(answer.json).message).toMatch(
    /prompt is too long for '.*': about \d+ tokens > 1000 maximum/,
  )
})

it('refuses nothing of what nobody knows', async () => {
  const { first, sluice } = await startTwo([])
  for (const { path, body } of ASKS) expect((await sluice.send(path, { body })).status).toBe(200)
  expect(callsOf(first)).toHaveLength(ASKS.length)
})

it('is told by an exact name before a pattern', async () => {
  const { first, sluice } = await startTwo([
    only('first/*', 'images'),
    { target: `first/${MODEL}`, abilities: { images: true } },
  ])
  const { path, body } = ASKS.find(({ need }) => need === 'images') as NeedyAsk
  expect((await sluice.send(path, { body })).status).toBe(200)
  expect(callsOf(first)).toHaveLength(1)
})

describe('a model without thoughts', () => {
  const start = async () => {
    const [first, second] = await Promise.all([upstreamForTest(), upstreamForTest()])
    const sluice = await sluiceForTest({
      providers: [openaiAt(first.url), anthropicAt(second.url)],
      aliases: [
        { name: 'two', targets: ['openai/gpt-4o', 'anthropic/claude-sonnet-4-5-20250929'] },
        { name: 'one', targets: ['openai/gpt-4o'] },
      ],
    })
    return { first, second, sluice }
  }
  const asking = (model: string) =>
    messagesBody('hello', {
      model,
      max_tokens: 4096,
      thinking: { type: 'enabled', budget_tokens: 1024 },
    })

  it('comes after one that has them', async () => {
    const { first, second, sluice } = await start()
    expect((await sluice.send('/v1/messages', { body: asking('two') })).status).toBe(200)
    expect(callsOf(first)).toHaveLength(0)
    expect(callsOf(second)).toHaveLength(1)
  })

  it('still serves the call if the other fails', async () => {
    const { first, second, sluice } = await start()
    second.next({ fault: { status: 500 } })
    expect((await sluice.send('/v1/messages', { body: asking('two') })).status).toBe(200)
    expect(callsOf(first)).toHaveLength(1)
  })

  it('serves the call without them if there is no other', async () => {
    const { first, sluice } = await start()
    const answer = await sluice.send('/v1/messages', { body: asking('one') })
    expect(answer.status).toBe(200)
    expect(callsOf(first)).toHaveLength(1)
  })
})

describe('a list of models', () => {
  it('says how much room a model has, once it is there', async () => {
    const [first, second] = await Promise.all([upstreamForTest(), upstreamForTest()])
    const sluice = await sluiceForTest({
      providers: [anthropicAt(first.url), openaiAt(second.url)],
      aliases: [
        { name: 'both', targets: ['anthropic/claude-sonnet-4-5-20250929', `openai/${MODEL}`] },
      ],
    })
    // 200,000 tokens are what the list says of it.
    const body = messagesBody('one word after the other '.repeat(45_000), { model: 'both' })
    await sluice.send('/v1/models')
    expect((await sluice.send('/v1/messages', { body })).status).toBe(200)
    expect(callsOf(first)).toHaveLength(0)
    expect(callsOf(second)).toHaveLength(1)
    const long = { 'anthropic-beta': 'context-1m-2025-08-07' }
    await sluice.send('/v1/messages', { body, headers: long })
    expect(callsOf(first)).toHaveLength(1)
  })

  it('leaves it to a target without another to say that a call is too long', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({ providers: [anthropicAt(upstream.url)] })
    const model = 'claude-sonnet-4-5-20250929'
    const body = messagesBody('one word after the other '.repeat(45_000), { model })
    await sluice.send('/v1/models')
    await sluice.send('/v1/messages', { body })
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('is fetched for an alias of several targets, and no call waits for it', async () => {
    const [first, second] = await Promise.all([upstreamForTest(), upstreamForTest()])
    const sluice = await sluiceForTest({
      providers: [anthropicAt(first.url), openaiAt(second.url)],
      aliases: [
        { name: 'both', targets: ['anthropic/claude-sonnet-4-5-20250929', `openai/${MODEL}`] },
      ],
    })
    await sluice.send('/v1/messages', { body: messagesBody('hello', { model: 'both' }) })
    await expect.poll(() => first.calls.filter(({ path }) => path === '/v1/models').length).toBe(1)
  })
})

it('prefers a target that can hold a conversation', async () => {
  const [first, second] = await Promise.all([upstreamForTest(), upstreamForTest()])
  const sluice = await sluiceForTest({
    providers: [
      { ...openaiAt(first.url), name: 'first', protocols: ['openai-completions'] },
      { ...openaiAt(second.url), name: 'second' },
    ],
    aliases: [{ name: 'both', targets: ['first/gpt-3.5-turbo-instruct', `second/${MODEL}`] }],
  })
  const conversation = [
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: 'hello' },
    { role: 'user', content: 'again' },
  ]
  const answer = await sluice.send(CHAT, { body: { model: 'both', messages: conversation } })
  expect(answer.status).toBe(200)
  expect(callsOf(first)).toHaveLength(0)
})
