/** The OpenAI SDK's Realtime socket: a session in text, which the gateway relays. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import OpenAI from 'openai'
import { OpenAIRealtimeWS } from 'openai/realtime/ws'
import * as ask from './directives.ts'
import { ADD_SCHEMA, add } from './samples.ts'
import { API_KEY, BASE_URL, GATEWAY, HEADERS, KEYED, MODEL, scenario } from './scenario.mjs'

/** It speaks TLS whatever the address says; here, where nothing stands in front of the gateway, not. */
const options = {
  createConnection: ({ host, port }) => connect({ host, port }),
  headers: HEADERS,
}

const open = (apiKey = API_KEY) =>
  new OpenAIRealtimeWS({ model: MODEL, options }, new OpenAI({ baseURL: BASE_URL, apiKey }))

/** The next event of a kind; an error of the session or the socket in its place is raised. */
const next = (session, kind) =>
  new Promise((resolve, reject) => {
    session.once(kind, resolve)
    session.once('error', reject)
  })

const say = (session, text) => {
  const content = [{ type: 'input_text', text }]
  session.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content },
  })
}

/** Asks for an answer and waits for its end. */
const answerTo = async (session) => {
  const done = next(session, 'response.done')
  session.send({ type: 'response.create' })
  return (await done).response
}

const textOf = ({ output }) =>
  output
    .flatMap(({ content }) => content ?? [])
    .map(({ text, transcript }) => text ?? transcript ?? '')
    .join('')

const withSession = async (run) => {
  const session = open()
  try {
    await next(session, 'session.created')
    return await run(session)
  } finally {
    session.close()
  }
}

await scenario('tool call, streamed', () =>
  withSession(async (session) => {
    const updated = next(session, 'session.updated')
    const tools = [{ type: 'function', name: 'add', description: 'Adds.', parameters: ADD_SCHEMA }]
    session.send({
      type: 'session.update',
      session: { type: 'realtime', output_modalities: ['text'], tools },
    })
    await updated
    say(session, ask.call('add', { a: 19, b: 23 }))
    const { output } = await answerTo(session)
    const called = output.find(({ type }) => type === 'function_call')
    session.send({
      type: 'conversation.item.create',
      item: {
        type: 'function_call_output',
        call_id: called.call_id,
        output: add(JSON.parse(called.arguments)),
      },
    })
    assert.match(textOf(await answerTo(session)), /sum 42/)
  }),
)

await scenario('text, streamed', () =>
  withSession(async (session) => {
    let streamed = ''
    session.on('response.output_text.delta', ({ delta }) => (streamed += delta))
    say(session, ask.say('grüße 🌊'))
    const done = next(session, 'response.done')
    const answer = await answerTo(session)
    assert.equal(answer.status, 'completed')
    if (GATEWAY) assert.ok((await done).sluiceCost > 0, 'the answer has no cost')
    assert.match(streamed, /grüße 🌊/)
    assert.ok(answer.usage.output_tokens > 0)
  }),
)

await scenario('audio in, frames untouched', () =>
  withSession(async (session) => {
    const audio = Buffer.alloc(4800, 7).toString('base64')
    const added = next(session, 'conversation.item.added')
    session.send({ type: 'input_audio_buffer.append', audio })
    session.send({ type: 'input_audio_buffer.commit' })
    const { item } = await added
    assert.equal(item.content[0].audio, audio)
  }),
)

await scenario('an error of the session', () =>
  withSession(async (session) => {
    const failed = next(session, 'session.updated')
    session.send({ type: 'nonsense' })
    await assert.rejects(failed, /nonsense|invalid/i)
  }),
)

if (KEYED)
  await scenario('a key that is not known', async () => {
    const session = open('sk-unknown')
    await assert.rejects(next(session, 'session.created'), /401/)
    if (session.socket.readyState < 3) await once(session.socket, 'close')
  })
