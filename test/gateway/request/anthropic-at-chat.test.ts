/** Anthropic's shapes at the path of Chat, as Cursor sends them for models named claude-…. */
import { describe, expect, it } from 'vitest'
import { CHAT, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'

const JPEG = '/9j/4AAQSkZJRgABAQEASABIAAD/2Q=='

const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
}

const toBody = (model: string, more: object = {}) => ({
  model,
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Weather in Oslo?' }] },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look.' },
        { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [{ type: 'text', text: 'rain' }],
        },
      ],
    },
  ],
  tools: [{ name: 'weather', description: 'Tells the weather.', input_schema: SCHEMA }],
  tool_choice: { type: 'auto' },
  ...more,
})

const ask = async (body: object) => {
  const { sluice, upstream } = await startHouse({
    openai: { protocols: ['openai-chat'] },
  })
  const answer = await sluice.send(CHAT, { body })
  const [call] = callsOf(upstream)
  return { answer, sent: call?.body as Record<string, unknown> | undefined }
}

describe("Anthropic's shapes at the path of Chat", () => {
  it('reach a model of Anthropic', async () => {
    const { answer, sent } = await ask(toBody(CLAUDE))
    expect(answer.status).toBe(200)
    expect(answer.headers).not.toHaveProperty('x-sluice-dropped')
    expect(sent).toMatchObject({
      tools: [{ name: 'weather', input_schema: SCHEMA }],
      tool_choice: { type: 'auto' },
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'I look.' },
            { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu_1',
              content: [{ type: 'text', text: 'rain' }],
            },
          ],
        },
      ],
    })
  })

  it('reach a model of Chat in its own shapes', async () => {
    const { answer, sent } = await ask(toBody(GPT))
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ object: 'chat.completion', model: GPT })
    expect(answer.headers).not.toHaveProperty('x-sluice-dropped')
    expect(sent).toMatchObject({
      tools: [{ type: 'function', function: { name: 'weather', parameters: SCHEMA } }],
      tool_choice: 'auto',
      messages: [
        { role: 'user', content: 'Weather in Oslo?' },
        {
          role: 'assistant',
          content: 'I look.',
          tool_calls: [{ id: 'toolu_1', function: { arguments: '{"city":"Oslo"}' } }],
        },
        { role: 'tool', tool_call_id: 'toolu_1', content: 'rain' },
      ],
    })
  })

  it.each([
    ['any', 'required'],
    ['none', 'none'],
  ])('choose a tool by %s', async (type, chosen) => {
    const { sent } = await ask(toBody(GPT, { tool_choice: { type } }))
    expect(sent).toMatchObject({ tool_choice: chosen })
  })

  it('choose one tool, and one call at a time', async () => {
    const choice = { type: 'tool', name: 'weather', disable_parallel_tool_use: true }
    const { sent } = await ask(toBody(GPT, { tool_choice: choice }))
    expect(sent).toMatchObject({
      tool_choice: { type: 'function', function: { name: 'weather' } },
      parallel_tool_calls: false,
    })
  })

  it('have images, a system prompt and stop sequences', async () => {
    const source = { type: 'base64', media_type: 'image/jpeg', data: JPEG }
    const { answer, sent } = await ask({
      model: GPT,
      system: [{ type: 'text', text: 'Be brief.' }],
      stop_sequences: ['END'],
      messages: [{ role: 'user', content: [{ type: 'image', source }] }],
    })
    expect(answer.status).toBe(200)
    expect(sent).toMatchObject({
      stop: ['END'],
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: `data:image/jpeg;base64,${JPEG}` } }],
        },
      ],
    })
  })

  it('of reasoning are sent to their vendor only, and are named', async () => {
    const { answer, sent } = await ask({
      model: GPT,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
            { type: 'text', text: 'Hello' },
          ],
        },
        { role: 'user', content: 'Go on.' },
      ],
    })
    expect(answer.headers['x-sluice-dropped']).toBe('thinking')
    expect(JSON.stringify(sent)).not.toContain('Hm.')
  })

  it.each([
    ['a call in a user’s message', 'user', { type: 'tool_use', id: 'a', name: 'b', input: {} }],
    ['a result in an assistant’s', 'assistant', { type: 'tool_result', tool_use_id: 'a' }],
    ['a thought in a system’s', 'system', { type: 'redacted_thinking', data: 'a' }],
  ])('are refused and named if no target accepts them: %s', async (_, role, part) => {
    const messages = [
      { role: 'user', content: 'Hi' },
      { role, content: [part] },
    ]
    for (const model of [GPT, CLAUDE]) {
      const { answer, sent } = await ask({ model, messages })
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({ error: { param: 'messages[1].content' } })
      expect(sent).toBeUndefined()
    }
  })

  it('are not detected in a Chat body that only mentions them', async () => {
    const parameters = {
      type: 'object',
      properties: {
        input_schema: { type: 'object', properties: { source: { const: 'tool_use' } } },
      },
    }
    const { answer, sent } = await ask({
      model: GPT,
      messages: [{ role: 'user', content: '"tool_use"' }],
      tools: [{ type: 'function', function: { name: 'input_schema', parameters } }],
      logprobs: true,
    })
    expect(answer.status).toBe(200)
    expect(sent).toMatchObject({ logprobs: true, tools: [{ function: { parameters } }] })
  })
})
