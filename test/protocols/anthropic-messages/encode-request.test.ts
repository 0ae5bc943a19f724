/** Settings and the form of the answer, as a Messages upstream gets them. */
import { describe, expect, it } from 'vitest'
import {
  decodeRequest,
  encodeRequest,
  request,
  TARGET,
} from '../../tools/protocols/anthropic-messages/codec.ts'
import { write } from '../../tools/protocols/anthropic-messages/write-request.ts'

describe('settings', () => {
  it.each([
    [undefined, 64_000, 64_000],
    [undefined, undefined, 8192],
    [100, 64_000, 100],
    [200_000, 64_000, 64_000],
    [200_000, undefined, 200_000],
  ])('ask for %s tokens of a model that writes %s: %i', (wanted, most, expected) => {
    const target = { provider: 'p', model: 'm', ...(most && { maxOutputTokens: most }) }
    const { body } = encodeRequest(request(wanted ? { maxOutputTokens: wanted } : {}), target)
    expect(body.max_tokens).toBe(expected)
  })

  it('clamp the temperature, and choose between it and top_p', () => {
    expect(write({ temperature: 1.7 }).body.temperature).toBe(1)
    expect(write({ topP: 0.5 }).body.top_p).toBe(0.5)
    const both = write({ temperature: 0.7, topP: 0.5 })
    expect(both.body).toMatchObject({ temperature: 0.7 })
    expect(both.body).not.toHaveProperty('top_p')
    expect(both.dropped).toEqual(['top_p'])
    expect(write({ temperature: 0.7, topP: 1 }).dropped).toEqual([])
  })

  it('omit what the target refuses, and empty values', () => {
    const refusedFields = ['temperature', 'top_p']
    expect(write({ temperature: 0.2 }, { refusedFields }).dropped).toEqual(['temperature'])
    const { body, dropped } = write({ temperature: 1 }, { refusedFields })
    expect(body).not.toHaveProperty('temperature')
    expect(dropped).toEqual([])
  })

  it('drop stop sequences of white space', () => {
    const { body, dropped } = write({ stopSequences: ['END', '\n'] })
    expect(body.stop_sequences).toEqual(['END'])
    expect(dropped).toEqual(['stop'])
  })

  it('replace the user’s id by a hash of 64 characters', () => {
    const { metadata } = write({ userId: 'someone@example.com' }).body
    expect(metadata).toEqual({ user_id: expect.stringMatching(/^[0-9a-f]{64}$/) })
  })

  it('name the fields that only another protocol knows', () => {
    const { dropped } = write({ extensions: { 'openai-chat': { seed: 1, logprobs: true } } })
    expect(dropped).toEqual(['seed', 'logprobs'])
  })
})

describe('a structured answer', () => {
  const schema = {
    type: 'object',
    properties: {
      list: { type: 'array', items: { type: 'object', properties: { type: { type: 'string' } } } },
      open: { type: 'object', additionalProperties: { type: 'string' } },
    },
    $defs: { node: { type: 'object' } },
  }
  const answerFormat = { kind: 'json-schema', name: 'the list', schema } as const

  it('has a schema whose objects are closed', () => {
    const { body, undo } = write({ answerFormat })
    expect(body.output_config).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          additionalProperties: false,
          properties: {
            list: {
              type: 'array',
              items: {
                type: 'object',
                additionalProperties: false,
                properties: { type: { type: 'string' } },
              },
            },
            open: {
              type: 'object',
              additionalProperties: false,
              description: '{additionalProperties: {"type":"string"}}',
            },
          },
          $defs: { node: { type: 'object', additionalProperties: false } },
        },
      },
    })
    expect(undo.answerTool).toBeUndefined()
  })

  it('is requested by a tool if the model supports no other way', () => {
    const traits = { structuredOutput: 'tool' } as const
    const { body, undo } = write({ answerFormat }, traits)
    expect(undo.answerTool).toBe('the_list')
    expect(body.tools).toMatchObject([{ name: 'the_list', input_schema: schema }])
    expect(body.tool_choice).toEqual({ type: 'tool', name: 'the_list' })
    const tools = [{ kind: 'function', name: 'the_list' }] as const
    const beside = write({ answerFormat, tools, reasoning: { effort: 'high' } }, traits)
    expect(beside.undo.answerTool).toBe('the_list_2')
    expect(beside.body.tool_choice).toEqual({ type: 'any' })
    expect(beside.body).not.toHaveProperty('thinking')
    expect(beside.dropped).toEqual(['reasoning_effort'])
  })

  it('without a schema is requested by an instruction after the system prompt', () => {
    const { body, dropped } = write({
      answerFormat: { kind: 'json' },
      turns: [
        { role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] },
        { role: 'user', parts: [{ kind: 'text', text: 'Hello' }] },
      ],
    })
    expect(body).not.toHaveProperty('output_config')
    expect(body.system).toMatchObject([
      { text: 'Be brief.' },
      { type: 'text', text: expect.stringContaining('one JSON object') },
    ])
    expect(dropped).toEqual([])
    expect(write({ answerFormat: { kind: 'json' } }).body.system).toHaveLength(1)
  })
})

it('reproduces a request of its own protocol', () => {
  const body = {
    model: TARGET.model,
    max_tokens: 5000,
    stream: true,
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: '', signature: 'Er1' },
          { type: 'tool_use', id: 'toolu_1', name: 'run', input: { a: [1] } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'ok' }] },
          { type: 'text', text: 'Go on.' },
        ],
      },
      { role: 'system', content: [{ type: 'text', text: 'Hurry.' }] },
    ],
    tools: [
      { name: 'run', description: 'Runs.', input_schema: { type: 'object', properties: {} } },
      { type: 'web_search_20250305', name: 'web_search' },
    ],
    tool_choice: { type: 'auto' },
    thinking: { type: 'enabled', budget_tokens: 2000 },
    output_config: { task_budget: { tokens: 5 } },
    context_management: { edits: [] },
    stop_sequences: ['END'],
  }
  const target = { ...TARGET, takesSystemTurns: true }
  expect(encodeRequest(decodeRequest(body), target)).toMatchObject({ body, dropped: [] })
})
