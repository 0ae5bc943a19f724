/** The official OpenAI SDK on chat completions, in everything its users do with it. */
import assert from 'node:assert/strict'
import OpenAI, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import * as ask from './directives.ts'
import { ADD_SCHEMA, PDF, PNG, add } from './samples.ts'
import {
  API_KEY,
  BASE_URL,
  HEADERS,
  BROKEN_STREAMS,
  drain,
  GATEWAY,
  KEYED,
  MODEL,
  scenario,
  UPSTREAM,
} from './scenario.mjs'

const client = new OpenAI({
  baseURL: BASE_URL,
  apiKey: API_KEY,
  maxRetries: 0,
  defaultHeaders: HEADERS,
})
const chat = client.chat.completions
const user = (...content) => [{ role: 'user', content: content.join(' ') }]

const ADD = {
  type: 'function',
  function: {
    name: 'add',
    description: 'Adds.',
    parameters: ADD_SCHEMA,
    parse: JSON.parse,
    function: add,
  },
}
const OFFERED = {
  type: 'function',
  function: { name: 'add', description: 'Adds.', parameters: ADD_SCHEMA },
}

await scenario('text', async (tag) => {
  const request = { model: MODEL, messages: user(tag, ask.say('grüße 🌊')) }
  const { data: answer, response, request_id: id } = await chat.create(request).withResponse()
  assert.ok(id)
  if (GATEWAY) assert.ok(response.headers.get('x-sluice-target'))
  if (UPSTREAM !== 'chat') assert.equal(answer.model, MODEL)
  assert.equal(answer.object, 'chat.completion')
  assert.equal(answer.choices[0].finish_reason, 'stop')
  assert.match(answer.choices[0].message.content, /grüße 🌊/)
  assert.ok(answer.usage.prompt_tokens > 0 && answer.usage.completion_tokens > 0)
  assert.equal(
    answer.usage.total_tokens,
    answer.usage.prompt_tokens + answer.usage.completion_tokens,
  )
  return { tag }
})

await scenario('text, streamed', async (tag) => {
  const stream = await chat.create({
    model: MODEL,
    messages: [{ role: 'developer', content: 'Be brief.' }, ...user(tag, ask.say('grüße 🌊'))],
    stream: true,
    stream_options: { include_usage: true },
  })
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
  assert.match(text, /grüße 🌊/)
  assert.equal(new Set(chunks.map((chunk) => chunk.id)).size, 1)
  assert.equal(chunks[0].choices[0].delta.role, 'assistant')
  assert.deepEqual(
    chunks.flatMap((chunk) => chunk.choices[0]?.finish_reason ?? []),
    ['stop'],
  )
  assert.deepEqual(chunks.at(-1).choices, [])
  assert.ok(chunks.at(-1).usage.completion_tokens > 0)
  return { tag, contains: ['Be brief.'] }
})

for (const stream of [false, true]) {
  const suffix = stream ? ', streamed' : ''

  await scenario(`tool call${suffix}`, async (tag) => {
    const messages = user(tag, ask.call('add', { a: 19, b: 23 }))
    const runner = chat.runTools({ model: MODEL, messages, tools: [ADD], stream })
    assert.match(await runner.finalContent(), /sum 42/)
    assert.equal(runner.messages.filter(({ role }) => role === 'tool').length, 1)
    return { tag, contains: ['sum 42'] }
  })

  await scenario(`parallel tool calls${suffix}`, async (tag) => {
    const messages = user(tag, ask.call('add', { a: 19, b: 23 }), ask.call('add', { a: 40, b: 3 }))
    const runner = chat.runTools({ model: MODEL, messages, tools: [ADD], stream })
    assert.match(await runner.finalContent(), /sum 42[^]*sum 43/)
    const calls = runner.messages.find(({ tool_calls: found }) => found)?.tool_calls
    assert.equal(new Set(calls.map(({ id }) => id)).size, 2)
    return { tag, contains: ['sum 42', 'sum 43'] }
  })

  await scenario(`JSON schema${suffix}`, async (tag) => {
    const schema = z.object({ city: z.string(), population: z.number(), seaside: z.boolean() })
    const request = {
      model: MODEL,
      messages: user(tag),
      response_format: zodResponseFormat(schema, 'city'),
    }
    const answer = stream
      ? await chat.stream(request).finalChatCompletion()
      : await chat.parse(request)
    schema.parse(answer.choices[0].message.parsed)
    return { tag, contains: ['seaside'] }
  })

  await scenario(`reasoning, replayed beside a tool call${suffix}`, async (tag) => {
    const request = { model: MODEL, tools: [OFFERED], reasoning_effort: 'high' }
    const messages = user(tag, ask.reason('nineteen and more'), ask.call('add', { a: 19, b: 23 }))
    const first = stream
      ? await gather(await chat.create({ ...request, messages, stream }))
      : (await chat.create({ ...request, messages })).choices[0].message
    assert.match(first.reasoning_content, /nineteen and more/)
    const [{ id }] = first.tool_calls
    messages.push(first, { role: 'tool', tool_call_id: id, content: 'sum 42' })
    const second = await chat.create({ ...request, messages })
    assert.match(second.choices[0].message.content, /sum 42/)
    return {
      tag,
      contains: ['nineteen and more', ...(UPSTREAM === 'messages' ? ['"signature"'] : [])],
    }
  })
}

await scenario('system messages in mid-conversation', async (tag) => {
  const messages = [
    ...user(tag, 'hello'),
    { role: 'assistant', content: 'Hello.' },
    { role: 'system', content: 'Answer in verse.' },
    ...user(ask.say('as you like')),
    { role: 'developer', content: 'Keep it short.' },
  ]
  const answer = await chat.create({ model: MODEL, messages })
  assert.match(answer.choices[0].message.content, /as you like/)
  return { tag, contains: ['Answer in verse.', 'Keep it short.'] }
})

await scenario('image', async (tag) => {
  const url = `data:image/png;base64,${PNG}`
  const content = [
    { type: 'text', text: `${tag} ${ask.say('seen')}` },
    { type: 'image_url', image_url: { url } },
  ]
  const answer = await chat.create({ model: MODEL, messages: [{ role: 'user', content }] })
  assert.match(answer.choices[0].message.content, /seen/)
  return { tag, contains: [PNG] }
})

await scenario('PDF', async (tag) => {
  const file = { filename: 'page.pdf', file_data: `data:application/pdf;base64,${PDF}` }
  const content = [
    { type: 'text', text: `${tag} ${ask.say('seen')}` },
    { type: 'file', file },
  ]
  const answer = await chat.create({ model: MODEL, messages: [{ role: 'user', content }] })
  assert.match(answer.choices[0].message.content, /seen/)
  return { tag, contains: [PDF] }
})

await scenario('output cut at max_tokens', async (tag) => {
  const messages = user(tag, ask.say('one two three'), ask.stopAtLimit())
  const answer = await chat.create({ model: MODEL, messages })
  assert.equal(answer.choices[0].finish_reason, 'length')
  return { tag }
})

await scenario('models, listed and retrieved', async () => {
  const found = []
  for await (const model of client.models.list()) found.push(model)
  assert.ok(found.length > 0)
  assert.ok(found.every(({ id, object }) => id && object === 'model'))
  assert.equal(new Set(found.map(({ id }) => id)).size, found.length)
  const last = found.at(-1)
  assert.equal((await client.models.retrieve(last.id)).id, last.id)
})

for (const stream of [false, true])
  await scenario(stream ? 'abort in mid-stream' : 'abort before the answer', async (tag) => {
    const controller = new AbortController()
    const messages = user(tag, stream ? ask.drip() : ask.wait(20_000))
    const options = { signal: controller.signal }
    if (stream) {
      const answer = await chat.create({ model: MODEL, messages, stream }, options)
      let received = 0
      for await (const chunk of answer)
        if (chunk.choices.length && ++received === 3) controller.abort()
    } else {
      setTimeout(() => controller.abort(), 500)
      await assert.rejects(chat.create({ model: MODEL, messages }, options), APIUserAbortError)
    }
    return { tag, abandoned: true }
  })

if (KEYED)
  await scenario('a key that is not known', async () => {
    const stranger = new OpenAI({ baseURL: BASE_URL, apiKey: 'sk-unknown', maxRetries: 0 })
    await assert.rejects(
      stranger.chat.completions.create({ model: MODEL, messages: user('hello') }),
      AuthenticationError,
    )
  })

const ERRORS = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  413: APIError,
  422: UnprocessableEntityError,
  429: RateLimitError,
  500: InternalServerError,
  503: InternalServerError,
  529: InternalServerError,
}

for (const [status, type] of Object.entries(ERRORS))
  for (const stream of [false, true])
    await scenario(`error ${status}${stream ? ', streamed' : ''}`, async (tag) => {
      const message = `refused: 3 + 4 > ${status}`
      const messages = user(tag, ask.fail(Number(status), message))
      const error = await chat.create({ model: MODEL, messages, stream }).then(
        () => assert.fail('no error was raised'),
        (raised) => raised,
      )
      assert.equal(error.constructor, type)
      assert.ok(error.status === Number(status) || (status === '529' && error.status === 503))
      assert.equal(error.message, `${error.status} ${message}`)
      assert.ok(error.requestID)
      return { tag }
    })

await scenario('error 429, healed by the SDK itself', async (tag) => {
  const patient = client.withOptions({ maxRetries: 2 })
  const first = { status: 429, message: 'slower', headers: { 'retry-after': '1' } }
  const messages = user(tag, ask.inTurn(first, ask.say(`healed ${tag}`)))
  const answer = await patient.chat.completions.create({ model: MODEL, messages })
  assert.match(answer.choices[0].message.content, /healed/)
  return { tag }
})

await scenario('retry-after of an hour, passed on', async (tag) => {
  const messages = user(tag, ask.fail(429, 'much slower', { 'retry-after': '3600' }))
  await assert.rejects(chat.create({ model: MODEL, messages }), ({ headers }) => {
    assert.equal(headers.get('retry-after'), '3600')
    return true
  })
  return { tag }
})

for (const [name, directive, message] of BROKEN_STREAMS)
  await scenario(name, async (tag) => {
    const messages = user(tag, directive)
    const answer = await chat.create({ model: MODEL, messages, stream: true })
    let text = ''
    const error = await drain(answer, (chunk) => (text += chunk.choices[0]?.delta.content ?? ''))
    assert.ok(text, 'what came before the error was lost')
    assert.ok(error instanceof APIError, `raised ${error?.constructor.name}`)
    assert.match(error.message, message)
    return { tag }
  })

/** What a program that keeps a streamed answer for its next turn puts together. */
async function gather(stream) {
  const message = { role: 'assistant', content: null, reasoning_content: '', tool_calls: [] }
  for await (const { choices } of stream) {
    const delta = choices[0]?.delta ?? {}
    message.reasoning_content += delta.reasoning_content ?? ''
    if (delta.content) message.content = (message.content ?? '') + delta.content
    if (delta.reasoning_details) (message.reasoning_details ??= []).push(...delta.reasoning_details)
    for (const { index, id, type, function: part } of delta.tool_calls ?? []) {
      const call = (message.tool_calls[index] ??= {
        id,
        type,
        function: { name: '', arguments: '' },
      })
      call.function.name += part.name ?? ''
      call.function.arguments += part.arguments ?? ''
    }
  }
  return message
}
