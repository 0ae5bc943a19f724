/** Answers that are not streamed. */
import { describe, expect, it } from 'vitest'
import { foldMessage, type ModelMessage, NO_USAGE, unfoldMessage } from '#model'
import { NOTHING_TO_UNDO } from '#protocols'
import { checkChatAnswer } from '../../tools/checkers/index.ts'
import { expectWellFormed } from '../../tools/protocols/expect-well-formed.ts'
import {
  ANSWER,
  decodeMessage,
  encodeMessage,
  errorOf,
} from '../../tools/protocols/openai-chat/codec.ts'

const MESSAGE: ModelMessage = {
  id: 'msg_1',
  model: 'claude',
  parts: [
    { kind: 'reasoning', text: 'Hm.', signature: 'c2ln' },
    { kind: 'reasoning', text: '', redacted: 'sealed' },
    { kind: 'text', text: 'Let me ' },
    {
      kind: 'text',
      text: 'see.',
      citations: [{ url: 'https://a.example/', title: 'A' }, { quote: 'nowhere' }],
    },
    { kind: 'tool-call', id: 'toolu_1', name: 'weather', arguments: '' },
    { kind: 'tool-call', id: 'toolu_1', name: 'patch', arguments: 'text', freeform: true },
  ],
  reason: 'tool-calls',
  usage: { ...NO_USAGE, inputTokens: 9, outputTokens: 4 },
}

describe('an answer that is written', () => {
  it('has every field of a Chat answer', () => {
    const body = encodeMessage(MESSAGE, ANSWER)
    const format = 'anthropic-claude-v1'
    expect(body).toEqual({
      id: 'msg_1',
      object: 'chat.completion',
      created: 1_760_000_000,
      model: 'asked-model',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Let me see.',
            refusal: null,
            annotations: [
              {
                type: 'url_citation',
                url_citation: {
                  url: 'https://a.example/',
                  title: 'A',
                  start_index: 7,
                  end_index: 11,
                },
              },
            ],
            reasoning_content: 'Hm.',
            reasoning_details: [
              { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format, index: 0 },
              { type: 'reasoning.encrypted', data: 'sealed', format, index: 1 },
            ],
            tool_calls: [
              { id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{}' } },
              { id: expect.any(String), type: 'custom', custom: { name: 'patch', input: 'text' } },
            ],
          },
          logprobs: null,
          finish_reason: 'tool_calls',
        },
      ],
      usage: {
        prompt_tokens: 9,
        completion_tokens: 4,
        total_tokens: 13,
        prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    })
    expect(checkChatAnswer(body, { model: 'asked-model' })).toEqual([])
  })

  it.each<[string, ModelMessage['parts'], unknown]>([
    ['nothing', [], ''],
    ['a refusal', [{ kind: 'refusal', text: 'No.' }], null],
    ['a call', [{ kind: 'tool-call', id: 'a', name: 'b', arguments: '{}' }], null],
  ])('that is %s has content %j', (_, parts, content) => {
    const body = encodeMessage({ ...MESSAGE, parts, reason: 'stop' }, ANSWER)
    expect(body).toMatchObject({ choices: [{ message: { content } }] })
    expect(checkChatAnswer(body)).toEqual([])
  })
})

const answer = (message: object, finish_reason: unknown = 'stop', more = {}) => ({
  id: 'chatcmpl-1',
  model: 'upstream-model',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }],
  usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
  ...more,
})

const read = (body: object) => {
  const events = decodeMessage({ ...body }, NOTHING_TO_UNDO)
  expectWellFormed(events)
  return foldMessage(events)
}

describe('usage that is written', () => {
  const usageOf = (usage: object) =>
    encodeMessage({ ...MESSAGE, usage: { ...MESSAGE.usage, ...usage } }, ANSWER).usage

  it('also has Anthropic’s cache fields, as Roo Code reads them', () => {
    expect(usageOf({ inputTokens: 100, cacheReadTokens: 70, cacheWriteTokens: 20 })).toMatchObject({
      prompt_tokens: 100,
      prompt_tokens_details: { cached_tokens: 70, cache_write_tokens: 20 },
      cache_read_input_tokens: 70,
      cache_creation_input_tokens: 20,
    })
  })

  it('has OpenAI’s fields only if nothing was cached', () => {
    expect(Object.keys(Object(usageOf({})))).toEqual([
      'prompt_tokens',
      'completion_tokens',
      'total_tokens',
      'prompt_tokens_details',
      'completion_tokens_details',
    ])
  })
})

describe('an answer that is read', () => {
  it('has plain text again for a freeform tool that was sent as a function', () => {
    const tool_calls = [
      {
        id: 'call_1',
        type: 'function',
        function: { name: 'patch', arguments: '{"input":"a\\nb"}' },
      },
    ]
    const undo = { ...NOTHING_TO_UNDO, freeformTools: new Set(['patch']) }
    const events = decodeMessage(answer({ content: null, tool_calls }, 'tool_calls'), undo)
    expectWellFormed(events)
    expect(foldMessage(events).parts).toEqual([
      { kind: 'tool-call', id: 'call_1', name: 'patch', arguments: 'a\nb', freeform: true },
    ])
  })

  it('has reasoning, text and calls in this order', () => {
    const body = answer(
      {
        content: 'Hello',
        refusal: null,
        reasoning_content: 'Hm.',
        tool_calls: [
          { id: 'call_1', type: 'function', function: { name: 'a', arguments: '{"x":1}' } },
          { id: 'call_1', type: 'function', function: { name: 'a', arguments: '{"x":1}' } },
        ],
      },
      'tool_calls',
    )
    expect(read(body)).toEqual({
      id: 'chatcmpl-1',
      model: 'upstream-model',
      parts: [
        { kind: 'reasoning', text: 'Hm.' },
        { kind: 'text', text: 'Hello' },
        { kind: 'tool-call', id: 'call_1', name: 'a', arguments: '{"x":1}' },
        { kind: 'tool-call', id: 'call_1_2', name: 'a', arguments: '{"x":1}' },
      ],
      reason: 'tool-calls',
      usage: { ...NO_USAGE, inputTokens: 9, outputTokens: 4 },
    })
  })

  it('may lack its finish_reason, its id and its usage', () => {
    const body = answer({ content: 'a' }, null, { id: undefined, usage: undefined })
    expect(read(body)).toMatchObject({ id: '', reason: 'stop', usage: { estimated: true } })
  })

  it('is an error if it contains one, with any status', () => {
    const events = decodeMessage({ error: { message: 'No.', code: 429 } }, NOTHING_TO_UNDO)
    expect(errorOf(events)).toEqual({ code: 'upstream_rate_limited', status: 429, message: 'No.' })
  })

  it.each([{}, { choices: [] }, { choices: null }, { choices: ['a'] }, { object: 'list' }])(
    '%j is none',
    (body) => {
      expect(errorOf(decodeMessage(body, NOTHING_TO_UNDO))).toMatchObject({
        code: 'upstream_invalid',
      })
    },
  )

  it('is the same as what was written', () => {
    const { parts } = read(encodeMessage(foldMessage([...unfoldMessage(MESSAGE)]), ANSWER))
    expect(parts.filter(({ kind }) => kind === 'tool-call')).toHaveLength(2)
    expect(parts).toContainEqual({ kind: 'reasoning', text: 'Hm.' })
  })
})
