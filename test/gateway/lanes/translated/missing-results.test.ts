/** A conversation whose agent was interrupted: some of its calls have no result. */
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
} from '../../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../../../tools/app/house.ts'
import { geminiAt, openaiAt } from '../../../tools/app/start-sluice.ts'

const NO_RESULT = 'No result'

const tools = [{ name: 'weather', input_schema: { type: 'object', properties: {} } }]
const use = (id: string) => ({ type: 'tool_use', id, name: 'weather', input: {} })
const question = { role: 'user', content: 'Weather?' }

/** One of two calls has a result; the user continues. */
const interrupted = {
  messages: [
    question,
    { role: 'assistant', content: [use('toolu_1'), use('toolu_2')] },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_2', content: 'rain' },
        { type: 'text', text: 'Go on.' },
      ],
    },
  ],
  tools,
}

const chatCall = (id: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: '{}' },
})
const chatTools = [
  {
    type: 'function',
    function: { name: 'weather', parameters: { type: 'object', properties: {} } },
  },
]

describe('a call without a result', () => {
  it('is given one at Chat, and named', async () => {
    const { sluice, upstream } = await startHouse()
    const { status, headers } = await sluice.send(MESSAGES, {
      body: messagesBody('', { model: GPT, ...interrupted }),
    })
    expect(status).toBe(200)
    expect(headers['x-sluice-added']).toBe('tool_result.toolu_1')
    expect(callsOf(upstream)[0]?.body).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant' },
        { role: 'tool', tool_call_id: 'toolu_1', content: expect.stringContaining(NO_RESULT) },
        { role: 'tool', tool_call_id: 'toolu_2', content: 'rain' },
        { role: 'user', content: 'Go on.' },
      ],
    })
  })

  it('is given one at Responses', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [{ ...openaiAt(upstream.url), protocols: ['openai-responses'] }],
    })
    const { status, headers } = await sluice.send(MESSAGES, {
      body: messagesBody('', { model: GPT, ...interrupted }),
    })
    expect(status).toBe(200)
    expect(headers['x-sluice-added']).toBe('tool_result.toolu_1')
    expect(JSON.stringify(callsOf(upstream)[0]?.body)).toContain(NO_RESULT)
  })

  it('is given one at Gemini', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({ providers: [geminiAt(upstream.url)] })
    const { status, headers } = await sluice.send(MESSAGES, {
      body: messagesBody('', { model: 'gemini-2.5-flash', ...interrupted }),
    })
    expect(status).toBe(200)
    expect(headers['x-sluice-added']).toBe('tool_result.toolu_1')
    expect(JSON.stringify(callsOf(upstream)[0]?.body)).toContain(NO_RESULT)
  })

  it('is given one at Messages, at the end of the conversation too, streamed', async () => {
    const { sluice, upstream } = await startHouse()
    const { status, headers } = await sluice.send(CHAT, {
      body: chatBody('', {
        model: CLAUDE,
        messages: [
          question,
          { role: 'assistant', content: null, tool_calls: [chatCall('call_1')] },
          { role: 'user', content: 'Go on.' },
          { role: 'assistant', content: null, tool_calls: [chatCall('call_2')] },
        ],
        tools: chatTools,
        stream: true,
      }),
    })
    expect(status).toBe(200)
    expect(headers['x-sluice-added']).toBe('tool_result.call_1, tool_result.call_2')
    expect(callsOf(upstream)[0]?.body).toMatchObject({
      messages: [
        { role: 'user' },
        { role: 'assistant' },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_1', is_error: true },
            { type: 'text', text: 'Go on.' },
          ],
        },
        { role: 'assistant' },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_2' }] },
      ],
    })
  })

  it('gets one if a Responses client omits it', async () => {
    const { sluice } = await startHouse()
    const { status, headers } = await sluice.send(RESPONSES, {
      body: {
        model: CLAUDE,
        input: [
          question,
          { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' },
          { role: 'user', content: 'Go on.' },
        ],
      },
    })
    expect(status).toBe(200)
    expect(headers['x-sluice-added']).toBe('tool_result.call_1')
  })
})

it('is left to the upstream if the call is relayed', async () => {
  const { sluice, upstream } = await startHouse()
  const body = JSON.stringify(messagesBody('', interrupted))
  const { headers } = await sluice.send(MESSAGES, { body })
  expect(headers['x-sluice-added']).toBeUndefined()
  expect(callsOf(upstream)[0]?.rawBody.toString()).toBe(body)
})

it('adds nothing to a conversation that is complete', async () => {
  const { sluice } = await startHouse()
  const { headers } = await sluice.send(MESSAGES, { body: messagesBody('hello', { model: GPT }) })
  expect(headers['x-sluice-added']).toBeUndefined()
})
