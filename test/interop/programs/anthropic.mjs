/** The official Anthropic SDK on messages, in everything its users do with it. */
import assert from 'node:assert/strict'
import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import { z } from 'zod'
import * as ask from './directives.ts'
import { ADD_SCHEMA, PDF, PNG, add } from './samples.ts'
import {
  API_KEY,
  BASE_URL,
  HEADERS,
  BROKEN_STREAMS,
  drain,
  KEYED,
  MODEL,
  scenario,
  UPSTREAM,
} from './scenario.mjs'

const client = new Anthropic({
  baseURL: BASE_URL,
  apiKey: API_KEY,
  maxRetries: 0,
  defaultHeaders: HEADERS,
})
const ROOM = { model: MODEL, max_tokens: 4096 }
const user = (...content) => [{ role: 'user', content: content.join(' ') }]
const textOf = (message) =>
  message.content
    .filter(({ type }) => type === 'text')
    .map(({ text }) => text)
    .join('')

/** The same request answered whole, or streamed and put together by the SDK. */
const answerOf = (request, stream) =>
  stream ? client.messages.stream(request).finalMessage() : client.messages.create(request)

const TOOL = { name: 'add', description: 'Adds.', input_schema: ADD_SCHEMA }

const toResult = ({ id, input }) => ({ type: 'tool_result', tool_use_id: id, content: add(input) })

for (const stream of [false, true]) {
  const suffix = stream ? ', streamed' : ''

  await scenario(`text${suffix}`, async (tag) => {
    const messages = user(tag, ask.say('grüße 🌊'))
    const message = await answerOf({ ...ROOM, system: 'Be brief.', messages }, stream)
    assert.match(textOf(message), /grüße 🌊/)
    assert.equal(message.stop_reason, 'end_turn')
    if (UPSTREAM !== 'messages') assert.equal(message.model, MODEL)
    assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0)
    return { tag, contains: ['Be brief.'] }
  })

  // The SDK's tool runner goes the way of server threads first where it is let.
  await scenario(`tool call${suffix}`, async (tag) => {
    const tool = betaTool({ name: 'add', description: 'Adds.', inputSchema: ADD_SCHEMA, run: add })
    const messages = user(tag, ask.call('add', { a: 19, b: 23 }))
    const runner = client.beta.messages.toolRunner({ ...ROOM, messages, tools: [tool], stream })
    assert.match(textOf(await runner.runUntilDone()), /sum 42/)
    return { tag }
  })

  await scenario(`parallel tool calls${suffix}`, async (tag) => {
    const request = { ...ROOM, tools: [TOOL] }
    const messages = user(tag, ask.call('add', { a: 19, b: 23 }), ask.call('add', { a: 40, b: 3 }))
    const first = await answerOf({ ...request, messages }, stream)
    assert.equal(first.stop_reason, 'tool_use')
    const calls = first.content.filter(({ type }) => type === 'tool_use')
    assert.equal(new Set(calls.map(({ id }) => id)).size, 2)
    messages.push({ role: 'assistant', content: first.content })
    messages.push({ role: 'user', content: calls.map(toResult) })
    const second = await answerOf({ ...request, messages }, stream)
    assert.match(textOf(second), /sum 42[^]*sum 43/)
    return { tag, contains: ['sum 42', 'sum 43'] }
  })

  await scenario(`JSON schema${suffix}`, async (tag) => {
    const schema = z.object({ city: z.string(), population: z.number(), seaside: z.boolean() })
    const request = {
      ...ROOM,
      messages: user(tag),
      output_config: { format: zodOutputFormat(schema) },
    }
    const message = stream
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.parse(request)
    schema.parse(message.parsed_output)
    return { tag, contains: ['seaside'] }
  })

  await scenario(`thinking, replayed beside a tool call${suffix}`, async (tag) => {
    const thinking = { type: 'enabled', budget_tokens: 1024 }
    const request = { ...ROOM, thinking, tools: [TOOL] }
    const messages = user(tag, ask.reason('nineteen and more'), ask.call('add', { a: 19, b: 23 }))
    const first = await answerOf({ ...request, messages }, stream)
    assert.equal(first.content[0].type, 'thinking')
    assert.match(first.content[0].thinking, /nineteen and more/)
    assert.ok(first.content[0].signature)
    const calls = first.content.filter(({ type }) => type === 'tool_use')
    messages.push({ role: 'assistant', content: first.content })
    messages.push({ role: 'user', content: calls.map(toResult) })
    assert.match(textOf(await answerOf({ ...request, messages }, stream)), /sum 42/)
    return { tag, contains: ['nineteen and more'] }
  })
}

if (UPSTREAM === 'messages')
  await scenario('redacted thinking, replayed', async (tag) => {
    const thinking = { type: 'enabled', budget_tokens: 1024 }
    const request = { ...ROOM, thinking }
    const messages = user(tag, ask.redact(), ask.say('done'))
    const first = await answerOf({ ...request, messages }, true)
    assert.ok(first.content.some(({ type }) => type === 'redacted_thinking'))
    messages.push({ role: 'assistant', content: first.content }, ...user(tag, ask.say('again')))
    assert.match(textOf(await answerOf({ ...request, messages }, true)), /again/)
    return { tag, contains: ['redacted_thinking'] }
  })

for (const [name, type, media_type, data] of [
  ['image', 'image', 'image/png', PNG],
  ['PDF', 'document', 'application/pdf', PDF],
])
  await scenario(name, async (tag) => {
    const content = [
      { type, source: { type: 'base64', media_type, data } },
      { type: 'text', text: `${tag} ${ask.say('seen')}` },
    ]
    const message = await answerOf({ ...ROOM, messages: [{ role: 'user', content }] })
    assert.match(textOf(message), /seen/)
    return { tag, contains: [data] }
  })

await scenario('image in a tool result', async (tag) => {
  const request = { ...ROOM, tools: [TOOL] }
  const messages = user(tag, ask.call('add', { a: 19, b: 23 }))
  const first = await answerOf({ ...request, messages }, true)
  const { id } = first.content.find(({ type }) => type === 'tool_use')
  const source = { type: 'base64', media_type: 'image/png', data: PNG }
  const content = [
    { type: 'text', text: 'sum 42' },
    { type: 'image', source },
  ]
  messages.push({ role: 'assistant', content: first.content })
  messages.push({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content }] })
  assert.match(textOf(await answerOf({ ...request, messages }, true)), /sum 42/)
  return { tag, contains: [PNG] }
})

await scenario('output cut at max_tokens', async (tag) => {
  const messages = user(tag, ask.say('one two three'), ask.stopAtLimit())
  const message = await answerOf({ ...ROOM, messages })
  assert.equal(message.stop_reason, 'max_tokens')
  return { tag }
})

const count = async (text) =>
  (await client.messages.countTokens({ model: MODEL, messages: user(text) })).input_tokens

await scenario('count_tokens', async () => {
  const few = await count('one two three')
  const many = await count('one two three '.repeat(50))
  assert.ok(few > 0 && many > few * 5, `${few} and ${many}`)
})

await scenario('models, listed and retrieved', async () => {
  const found = []
  for await (const model of client.models.list()) found.push(model)
  assert.ok(found.length > 0)
  assert.ok(found.every(({ id, type, display_name: name }) => id && name && type === 'model'))
  assert.equal(new Set(found.map(({ id }) => id)).size, found.length)
  const last = found.at(-1)
  assert.equal((await client.models.retrieve(last.id)).id, last.id)
})

for (const stream of [false, true])
  await scenario(stream ? 'abort in mid-stream' : 'abort before the answer', async (tag) => {
    const controller = new AbortController()
    const options = { signal: controller.signal }
    if (stream) {
      const request = { ...ROOM, messages: user(tag, ask.drip()), stream }
      const answer = await client.messages.create(request, options)
      let received = 0
      for await (const { type } of answer)
        if (type === 'content_block_delta' && ++received === 3) controller.abort()
    } else {
      setTimeout(() => controller.abort(), 500)
      const request = { ...ROOM, messages: user(tag, ask.wait(20_000)) }
      await assert.rejects(client.messages.create(request, options), Anthropic.APIUserAbortError)
    }
    return { tag, abandoned: true }
  })

if (KEYED)
  await scenario('a key that is not known', async () => {
    const stranger = new Anthropic({ baseURL: BASE_URL, apiKey: 'sk-unknown', maxRetries: 0 })
    await assert.rejects(
      stranger.messages.create({ ...ROOM, messages: user('hello') }),
      Anthropic.AuthenticationError,
    )
  })

const ERRORS = {
  400: [Anthropic.BadRequestError, 'invalid_request_error'],
  401: [Anthropic.AuthenticationError, 'authentication_error'],
  403: [Anthropic.PermissionDeniedError, 'permission_error'],
  404: [Anthropic.NotFoundError, 'not_found_error'],
  413: [Anthropic.ContentTooLargeError, 'request_too_large'],
  422: [Anthropic.UnprocessableEntityError, 'invalid_request_error'],
  429: [Anthropic.RateLimitError, 'rate_limit_error'],
  500: [Anthropic.InternalServerError, 'api_error'],
  503: [Anthropic.ServiceUnavailableError],
  529: [Anthropic.OverloadedError, 'overloaded_error'],
}

for (const [status, [raises, type]] of Object.entries(ERRORS))
  for (const stream of [false, true])
    await scenario(`error ${status}${stream ? ', streamed' : ''}`, async (tag) => {
      const message = `refused: 3 + 4 > ${status}`
      const messages = user(tag, ask.fail(Number(status), message))
      const error = await client.messages.create({ ...ROOM, messages, stream }).then(
        () => assert.fail('no error was raised'),
        (raised) => raised,
      )
      assert.equal(error.constructor, raises)
      assert.equal(error.status, Number(status))
      assert.equal(error.apiMessage, message)
      if (type) assert.equal(error.type, type)
      assert.ok(error.requestID)
      return { tag }
    })

await scenario('error 429, healed by the SDK itself', async (tag) => {
  const patient = client.withOptions({ maxRetries: 2 })
  const first = { status: 429, message: 'slower', headers: { 'retry-after': '1' } }
  const messages = user(tag, ask.inTurn(first, ask.say(`healed ${tag}`)))
  assert.match(textOf(await patient.messages.create({ ...ROOM, messages })), /healed/)
  return { tag }
})

await scenario('retry-after of an hour, passed on', async (tag) => {
  const messages = user(tag, ask.fail(429, 'much slower', { 'retry-after': '3600' }))
  await assert.rejects(client.messages.create({ ...ROOM, messages }), ({ headers }) => {
    assert.equal(headers.get('retry-after'), '3600')
    return true
  })
  return { tag }
})

for (const [name, directive, message] of BROKEN_STREAMS)
  await scenario(name, async (tag) => {
    const messages = user(tag, directive)
    const answer = await client.messages.create({ ...ROOM, messages, stream: true })
    let text = ''
    const error = await drain(answer, ({ delta }) => (text += delta?.text ?? ''))
    assert.ok(text, 'what came before the error was lost')
    assert.ok(error instanceof Anthropic.APIError, `raised ${error?.constructor.name}`)
    assert.match(error.message, message)
    return { tag }
  })
