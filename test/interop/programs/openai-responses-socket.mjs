/** The OpenAI SDK's Responses socket: many turns on one connection. */
import assert from 'node:assert/strict'
import OpenAI from 'openai'
import { ResponsesWS } from 'openai/resources/responses/ws'
import * as ask from './directives.ts'
import { ADD_SCHEMA, add } from './samples.ts'
import { API_KEY, BASE_URL, GATEWAY, HEADERS, KEYED, MODEL, scenario } from './scenario.mjs'

const TOOLS = [
  { type: 'function', name: 'add', description: 'Adds.', parameters: ADD_SCHEMA, strict: true },
]
const ENDINGS = new Set(['response.completed', 'response.incomplete', 'response.failed', 'error'])

const open = (apiKey = API_KEY) => {
  const client = new OpenAI({ baseURL: BASE_URL, apiKey, maxRetries: 0 })
  // What comes is read from the stream; without a listener an error would end the process.
  return new ResponsesWS(client, { headers: HEADERS }).on('error', () => {})
}

/** Sends a turn and reads the socket to that turn's last event. */
const turn = async (events, socket, request) => {
  socket.send({ type: 'response.create', model: MODEL, store: false, ...request })
  const seen = []
  for (;;) {
    const { value, done } = await events.next()
    assert.ok(!done, 'the socket closed in the middle of a turn')
    if (value.type === 'error') throw value.error
    if (value.type === 'close') assert.fail('the socket closed in the middle of a turn')
    if (value.type !== 'message') continue
    seen.push(value.message)
    if (ENDINGS.has(value.message.type)) return seen
  }
}

const withSocket = async (run) => {
  const socket = open()
  try {
    return await run(socket, socket.stream())
  } finally {
    socket.close()
  }
}

const textOf = ({ response: { output } }) =>
  output
    .flatMap(({ content }) => content ?? [])
    .map(({ text }) => text ?? '')
    .join('')

await scenario('tool call, streamed', (tag) =>
  withSocket(async (socket, events) => {
    const input = [{ role: 'user', content: `${tag} ${ask.call('add', { a: 19, b: 23 })}` }]
    const first = await turn(events, socket, { input, tools: TOOLS })
    assert.equal(first[0].type, 'response.created')
    assert.ok(first.some(({ type }) => type === 'response.function_call_arguments.delta'))
    const { output } = first.at(-1).response
    const called = output.find(({ type }) => type === 'function_call')
    const result = {
      type: 'function_call_output',
      call_id: called.call_id,
      output: add(JSON.parse(called.arguments)),
    }
    const again = { input: [...input, ...output, result], tools: TOOLS }
    const second = await turn(events, socket, again)
    assert.match(textOf(second.at(-1)), /sum 42/)
    return { tag, contains: ['sum 42'] }
  }),
)

await scenario('a turn that names the one before it', (tag) =>
  withSocket(async (socket, events) => {
    const input = `${tag} ${ask.call('add', { a: 19, b: 23 })}`
    const [created, ...rest] = await turn(events, socket, { input, tools: TOOLS })
    const called = rest.at(-1).response.output.find(({ type }) => type === 'function_call')
    const second = await turn(events, socket, {
      previous_response_id: created.response.id,
      tools: TOOLS,
      input: [{ type: 'function_call_output', call_id: called.call_id, output: 'sum 42' }],
    })
    assert.match(textOf(second.at(-1)), /sum 42/)
    return { tag, contains: ['sum 42'] }
  }),
)

await scenario('many turns on one socket', (tag) =>
  withSocket(async (socket, events) => {
    for (const word of ['grüße', 'hello', 'ciao']) {
      const seen = await turn(events, socket, { input: `${tag} ${ask.say(word)}` })
      assert.ok(textOf(seen.at(-1)).includes(word))
      assert.ok(seen.at(-1).response.usage.output_tokens > 0)
      if (GATEWAY) assert.ok(seen.at(-1).sluiceCost > 0, 'the last event has no cost')
    }
    return { tag }
  }),
)

await scenario('error 400, and the socket goes on', (tag) =>
  withSocket(async (socket, events) => {
    const message = 'refused: 3 + 4 > 400'
    const failed = turn(events, socket, { input: `${tag} ${ask.fail(400, message)}` })
    await assert.rejects(failed, (error) => {
      assert.ok(error.message.includes(message), error.message)
      return true
    })
    const next = await turn(events, socket, { input: `${tag} ${ask.say('still here')}` })
    assert.match(textOf(next.at(-1)), /still here/)
    return { tag }
  }),
)

await scenario('closed in mid-stream', async (tag) => {
  const socket = open()
  socket.send({
    type: 'response.create',
    model: MODEL,
    store: false,
    input: `${tag} ${ask.drip()}`,
  })
  let received = 0
  for await (const { type, message } of socket.stream()) {
    if (type === 'error') assert.fail('no words came')
    if (message?.type === 'response.output_text.delta' && ++received === 3) break
  }
  socket.close()
  assert.equal(received, 3)
  return { tag, abandoned: true }
})

if (KEYED)
  await scenario('a key that is not known', async () => {
    const socket = open('sk-unknown')
    const events = socket.stream()
    await assert.rejects(turn(events, socket, { input: 'hello' }), /401/)
  })
