/** Requests as a chat upstream gets them. Each one is shown to an upstream as strict as OpenAI. */
import { describe, expect, it } from 'vitest'
import type { Effort, ModelRequest } from '#model'
import { encode, SCHEMA, text, user } from '../../tools/protocols/openai-chat/encode-strictly.ts'

describe('a request', () => {
  it('of the least', () => {
    expect(encode({})).toEqual({
      body: {
        model: 'gpt-4.1',
        messages: [{ role: 'user', content: 'Hello' }],
        stream: false,
      },
      dropped: [],
      undo: { toolNames: new Map(), freeformTools: new Set() },
    })
  })

  it('that streams always requests usage', () => {
    const target = { streamOptions: { include_obfuscation: false } }
    expect(encode({ stream: true }, target).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
    })
  })

  it('names the output limit as the target does, and stays within it', () => {
    const limit = { maxOutputTokens: 128_000 }
    expect(encode({ maxOutputTokens: 100 }).body.max_tokens).toBe(100)
    expect(encode(limit, { maxOutputTokens: 32_768 }).body.max_tokens).toBe(32_768)
    const { body } = encode(limit, { model: 'gpt-5', maxTokensField: 'max_completion_tokens' })
    expect(body).toMatchObject({ max_completion_tokens: 128_000 })
    expect(body).not.toHaveProperty('max_tokens')
  })

  it('reveals only that the user is the same', () => {
    const { body } = encode({ userId: '{"device_id":"x"}' })
    expect(body.user).toMatch(/^[0-9a-f]{64}$/)
    expect(encode({ userId: '{"device_id":"x"}' }).body.user).toBe(body.user)
  })

  it('keeps four stop sequences, and reports any others', () => {
    const stopSequences = ['a', 'b', 'c', 'd', 'e']
    const { body, dropped } = encode({ stopSequences })
    expect(body.stop).toEqual(['a', 'b', 'c', 'd'])
    expect(dropped).toEqual(['stop_sequences'])
    expect(encode({ stopSequences: [] }).body).not.toHaveProperty('stop')
  })

  it('omits what the target refuses, and names it as the client spelt it', () => {
    const refusedFields = ['temperature', 'top_p', 'stop', 'reasoning_effort', 'presence_penalty']
    const { body, dropped } = encode(
      { temperature: 0.5, topP: 1, topK: 3, stopSequences: ['a'], reasoning: { effort: 'high' } },
      { refusedFields, model: 'gpt-5' },
    )
    expect(Object.keys(body)).toEqual(['model', 'messages', 'stream'])
    expect(dropped).toEqual(['top_k', 'temperature', 'stop_sequences', 'thinking'])
  })

  it('restores fields of this protocol, and names those of others', () => {
    const { body, dropped } = encode({
      extensions: {
        'openai-chat': { verbosity: 'low' },
        'anthropic-messages': { context_management: {}, inference_geo: 'eu' },
      },
    })
    expect(body.verbosity).toBe('low')
    expect(dropped).toEqual(['context_management', 'inference_geo'])
  })
})

const effortOf = (reasoning: NonNullable<ModelRequest['reasoning']>) =>
  encode({ reasoning }, { model: 'gpt-5' }).body.reasoning_effort

describe('thinking', () => {
  it.each(['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const)(
    'with effort %s is requested accordingly',
    (effort) => {
      expect(effortOf({ effort, adaptive: true })).toBe(effort)
    },
  )

  it.each([
    [1024, 'low'],
    [8192, 'medium'],
    [31_999, 'high'],
  ])('with a budget of %i is requested as %s', (budgetTokens, effort) => {
    expect(effortOf({ budgetTokens })).toBe(effort)
  })

  it('is requested with the nearest lower effort that the model supports', () => {
    const nearest = (effort: Effort) =>
      encode({ reasoning: { effort } }, { model: 'gpt-5.1', efforts: ['low', 'medium', 'high'] })
        .body.reasoning_effort
    expect(nearest('max')).toBe('high')
    expect(nearest('medium')).toBe('medium')
    expect(nearest('minimal')).toBe('low')
  })

  it('that the model decides is not mentioned', () => {
    expect(effortOf({ adaptive: true })).toBeUndefined()
  })

  it('that is not wanted is not mentioned to models without such an effort', () => {
    const { body, dropped } = encode({ reasoning: { effort: 'none' } })
    expect(body).not.toHaveProperty('reasoning_effort')
    expect(dropped).toEqual(['thinking'])
  })
})

const formatOf = (schema: unknown) =>
  encode({ answerFormat: { kind: 'json-schema', schema } }).body.response_format

describe('the form of the answer', () => {
  it('may be JSON of any shape', () => {
    const { body } = encode({
      answerFormat: { kind: 'json' },
      turns: [user(text('Answer in JSON.'))],
    })
    expect(body.response_format).toEqual({ type: 'json_object' })
  })

  it('may be a schema, strict if possible', () => {
    const closed = { ...SCHEMA, required: ['city'], additionalProperties: false }
    expect(formatOf(closed)).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema: closed, strict: true },
    })
    expect(formatOf(SCHEMA)).toMatchObject({ json_schema: { schema: SCHEMA, strict: false } })
  })
})
