/** A Responses body at the path of Chat, as Cursor sends it. */
import { describe, expect, it } from 'vitest'
import { CHAT, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { checkChatAnswer, checkChatError, checkChatStream } from '../../tools/checkers/index.ts'

const body = (model: string, more: object = {}) => ({
  model,
  input: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'input_text', text: 'Hello.' }] },
    { type: 'function_call', call_id: 'call_1', name: 'read', arguments: '{"path":"a"}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'It is empty.' },
  ],
  tools: [{ type: 'function', name: 'read', parameters: { type: 'object', properties: {} } }],
  ...more,
})

describe.each([
  ['an upstream that speaks Chat', GPT],
  ['an upstream that speaks another protocol', CLAUDE],
])('to %s', (_, model) => {
  it('is answered with chat chunks', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'Hi.' }] })
    const more = { stream: true, stream_options: { include_usage: true } }
    const { status, text } = await sluice.send(CHAT, { body: body(model, more) })
    expect(status).toBe(200)
    expect(checkChatStream(Buffer.from(text), { model, includeUsage: true })).toEqual([])
    const [call] = callsOf(upstream)
    expect(call?.refused).toBeUndefined()
    const sent = JSON.stringify(call?.body)
    expect(call?.body).not.toHaveProperty('input')
    for (const said of ['Be brief.', 'Hello.', 'It is empty.', 'read']) expect(sent).toContain(said)
  })

  it('gets a complete Chat answer if it is not streamed', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'Hi.' }] })
    const { json } = await sluice.send(CHAT, { body: body(model) })
    expect(checkChatAnswer(json, { model })).toEqual([])
    expect(json).toMatchObject({ choices: [{ message: { content: 'Hi.' } }] })
  })

  it('gets Chat errors that name its own field', async () => {
    const { sluice } = await startHouse()
    const { status, json } = await sluice.send(CHAT, { body: body(model, { input: 7 }) })
    expect(status).toBe(400)
    expect(checkChatError(json)).toEqual([])
    expect(json).toMatchObject({ error: { param: 'input' } })
  })
})

it('is not detected in a body with messages, which is relayed unchanged', async () => {
  const { sluice, upstream } = await startHouse()
  const chat = JSON.stringify({
    model: GPT,
    messages: [{ role: 'user', content: 'Hello.' }],
    input: 'unused',
  })
  await sluice.send(CHAT, { body: chat })
  expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(chat)
})
