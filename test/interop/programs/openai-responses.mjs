/** The official OpenAI SDK on responses, which the gateway relays. */
import assert from 'node:assert/strict'
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import * as ask from './directives.ts'
import { ADD_SCHEMA, PDF, PNG, add } from './samples.ts'
import { API_KEY, BASE_URL, HEADERS, MODEL, KEYED, scenario } from './scenario.mjs'

const client = new OpenAI({
  baseURL: BASE_URL,
  apiKey: API_KEY,
  maxRetries: 0,
  defaultHeaders: HEADERS,
})
const ROOM = { model: MODEL, store: false }

const answerOf = (request, stream) =>
  stream
    ? client.responses.stream({ ...ROOM, ...request }).finalResponse()
    : client.responses.create({ ...ROOM, ...request })

const textOf = ({ content }) => (content ?? []).map(({ text }) => text ?? '').join('')
/** The SDK puts what it parsed beside what was sent; only the latter goes back. */
const toItem = (item) =>
  Object.fromEntries(Object.entries(item).filter(([key]) => key !== 'parsed_arguments'))
const toResult = ({ call_id, arguments: text }) => ({
  type: 'function_call_output',
  call_id,
  output: add(JSON.parse(text)),
})

for (const stream of [false, true]) {
  const suffix = stream ? ', streamed' : ''

  await scenario(`text${suffix}`, async (tag) => {
    const answer = await answerOf({ input: `${tag} ${ask.say('grüße 🌊')}` }, stream)
    assert.equal(answer.status, 'completed')
    assert.match(answer.output.map(textOf).join(''), /grüße 🌊/)
    assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0)
    return { tag }
  })

  await scenario(`parallel tool calls${suffix}`, async (tag) => {
    const tools = [
      { type: 'function', name: 'add', description: 'Adds.', parameters: ADD_SCHEMA, strict: true },
    ]
    const text = [tag, ask.call('add', { a: 19, b: 23 }), ask.call('add', { a: 40, b: 3 })].join(
      ' ',
    )
    const input = [{ role: 'user', content: text }]
    const first = await answerOf({ input, tools }, stream)
    const calls = first.output.filter(({ type }) => type === 'function_call')
    assert.equal(new Set(calls.map(({ call_id: id }) => id)).size, 2)
    input.push(...first.output.map(toItem), ...calls.map(toResult))
    const second = await answerOf({ input, tools }, stream)
    assert.match(second.output.map(textOf).join(''), /sum 42[^]*sum 43/)
    return { tag, contains: ['sum 42', 'sum 43'] }
  })

  await scenario(`JSON schema${suffix}`, async (tag) => {
    const schema = z.object({ city: z.string(), population: z.number(), seaside: z.boolean() })
    const request = { ...ROOM, input: tag, text: { format: zodTextFormat(schema, 'city') } }
    const answer = stream
      ? await client.responses.stream(request).finalResponse()
      : await client.responses.parse(request)
    schema.parse(answer.output_parsed)
    return { tag, contains: ['seaside'] }
  })
}

await scenario('image and PDF', async (tag) => {
  const content = [
    { type: 'input_text', text: `${tag} ${ask.say('seen')}` },
    { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${PNG}` },
    {
      type: 'input_file',
      filename: 'page.pdf',
      file_data: `data:application/pdf;base64,${PDF}`,
    },
  ]
  const answer = await answerOf({ input: [{ role: 'user', content }] }, true)
  assert.match(answer.output.map(textOf).join(''), /seen/)
  return { tag, contains: [PNG, PDF] }
})

await scenario('abort in mid-stream', async (tag) => {
  const controller = new AbortController()
  const request = { ...ROOM, input: `${tag} ${ask.drip()}`, stream: true }
  const stream = await client.responses.create(request, { signal: controller.signal })
  let received = 0
  for await (const { type } of stream)
    if (type === 'response.output_text.delta' && ++received === 3) controller.abort()
  return { tag, abandoned: true }
})

/** As its client sees it in the end, however often it must look. */
const whole = async ({ id }) => {
  const answer = await client.responses.retrieve(id)
  return ['queued', 'in_progress'].includes(answer.status) ? whole(answer) : answer
}

await scenario('in the background, polled', async (tag) => {
  const input = `${tag} ${ask.say('made in the meantime')}`
  const promised = await client.responses.create({ model: MODEL, input, background: true })
  assert.match(promised.status, /^(?:queued|in_progress)$/)
  const answer = await whole(promised)
  assert.equal(answer.status, 'completed')
  assert.equal(answer.output_text, 'made in the meantime')
  const [item] = (await client.responses.inputItems.list(answer.id)).data
  assert.equal(item.type, 'message')
  await client.responses.delete(answer.id)
  await assert.rejects(client.responses.retrieve(answer.id), NotFoundError)
  return { tag }
})

await scenario('in the background, left and followed again', async (tag) => {
  const input = `${tag} ${ask.say('seven words that are said one by one')}`
  const request = { model: MODEL, input, background: true, stream: true }
  let id
  let last
  for await (const event of await client.responses.create(request)) {
    id ??= event.response?.id
    last = event.sequence_number
    if (event.type === 'response.output_text.delta') break
  }
  const rest = await client.responses.retrieve(id, { stream: true, starting_after: last })
  for await (const event of rest) assert.equal(event.sequence_number, ++last)
  assert.equal((await whole({ id })).output_text, 'seven words that are said one by one')
  return { tag }
})

await scenario('made short', async (tag) => {
  const input = [{ role: 'user', content: `${tag} I am Ada.` }]
  const short = await client.responses.compact({ model: MODEL, input })
  assert.equal(short.object, 'response.compaction')
  assert.deepEqual(
    short.output.map(({ type }) => type),
    ['message', 'compaction'],
  )
  const next = [...short.output, { role: 'user', content: `${tag} ${ask.say('Ada, then')}` }]
  assert.match((await answerOf({ input: next }, true)).output_text, /Ada, then/)
  return { tag }
})

if (KEYED)
  await scenario('a key that is not known', async () => {
    const stranger = new OpenAI({ baseURL: BASE_URL, apiKey: 'sk-unknown', maxRetries: 0 })
    await assert.rejects(
      stranger.responses.create({ ...ROOM, input: 'hello' }),
      AuthenticationError,
    )
  })

const ERRORS = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  429: RateLimitError,
  500: InternalServerError,
  503: InternalServerError,
}

for (const [status, type] of Object.entries(ERRORS))
  await scenario(`error ${status}, streamed`, async (tag) => {
    const message = `refused: 3 + 4 > ${status}`
    const input = `${tag} ${ask.fail(Number(status), message)}`
    const error = await client.responses.create({ ...ROOM, input, stream: true }).then(
      () => assert.fail('no error was raised'),
      (raised) => raised,
    )
    assert.equal(error.constructor, type)
    assert.equal(error.message, `${status} ${message}`)
    return { tag }
  })
