import { describe, expect, it } from 'vitest'
import { foldMessage, GatewayError, type ModelMessage } from '#model'
import { NOTHING_TO_UNDO, type Undo } from '#protocols'
import { checkMessagesAnswer } from '../../tools/checkers/index.ts'
import { expectWellFormed } from '../../tools/protocols/expect-well-formed.ts'
import {
  ANSWER,
  decodeMessage,
  encodeMessage,
  USAGE,
} from '../../tools/protocols/anthropic-messages/codec.ts'

const read = (body: Record<string, unknown>, undo: Undo = NOTHING_TO_UNDO) => {
  const events = decodeMessage(body, undo)
  expectWellFormed(events)
  return foldMessage(events)
}

const write = (fields: Partial<ModelMessage>) => {
  const message = { id: 'm', model: 'gpt', parts: [], reason: 'stop', usage: USAGE } as const
  const body = encodeMessage({ ...message, ...fields }, ANSWER)
  expect(checkMessagesAnswer(body, { model: 'asked-model', complete: true })).toEqual([])
  return body
}

const citation = {
  type: 'char_location',
  cited_text: 'so',
  document_index: 0,
  document_title: 'T',
  start_char_index: 0,
  end_char_index: 2,
  file_id: null,
}

const use = (name: string, input: object) => ({ type: 'tool_use', id: name, name, input })

const CONTENT = [
  { type: 'thinking', thinking: '', signature: 'Er1' },
  { type: 'redacted_thinking', data: 'Em1' },
  { type: 'text', text: 'Hello', citations: [citation] },
  { type: 'tool_use', id: 't', name: 'run', input: { a: [1] }, caller: { type: 'direct' } },
  {
    type: 'server_tool_use',
    id: 's',
    name: 'web_search',
    input: { query: 'x' },
    caller: { type: 'direct' },
  },
]

const PARTS: ModelMessage['parts'] = [
  { kind: 'reasoning', text: '', signature: 'Er1' },
  { kind: 'reasoning', text: '', redacted: 'Em1' },
  {
    kind: 'text',
    text: 'Hello',
    citations: [
      { title: 'T', quote: 'so', native: { protocol: 'anthropic-messages', value: citation } },
    ],
  },
  { kind: 'tool-call', id: 't', name: 'run', arguments: '{"a":[1]}' },
  { kind: 'native', protocol: 'anthropic-messages', value: CONTENT[4] },
]

const WIRE_USAGE = {
  input_tokens: 30,
  cache_creation_input_tokens: 10,
  cache_read_input_tokens: 60,
  output_tokens: 20,
  output_tokens_details: { thinking_tokens: 5 },
}

describe('an answer that is not streamed', () => {
  it('is read block by block', () => {
    expect(
      read({
        id: 'msg_1',
        type: 'message',
        model: 'claude',
        content: CONTENT,
        stop_reason: 'tool_use',
        stop_sequence: null,
        usage: WIRE_USAGE,
      }),
    ).toEqual({ id: 'msg_1', model: 'claude', parts: PARTS, reason: 'tool-calls', usage: USAGE })
  })

  it('is written block by block', () => {
    expect(write({ parts: PARTS, reason: 'tool-calls' })).toMatchObject({
      id: 'm',
      model: 'asked-model',
      content: CONTENT,
      stop_reason: 'tool_use',
      usage: WIRE_USAGE,
    })
  })

  it('reverses the changes to tools', () => {
    const undo: Undo = {
      toolNames: new Map([['short', 'long.name']]),
      freeformTools: new Set(['apply_patch']),
      answerTool: 'answer',
    }
    const content = [
      use('short', {}),
      use('apply_patch', { input: 'x' }),
      use('answer', { found: true }),
    ]
    expect(read({ content, stop_reason: 'tool_use' }, undo)).toMatchObject({
      parts: [
        { kind: 'tool-call', name: 'long.name', arguments: '' },
        { kind: 'tool-call', name: 'apply_patch', arguments: 'x', freeform: true },
        { kind: 'text', text: '{"found":true}' },
      ],
      reason: 'tool-calls',
    })
  })

  it('is written without empty values, and with foreign reasoning', () => {
    expect(
      write({
        parts: [
          { kind: 'text', text: '' },
          { kind: 'reasoning', text: '' },
          { kind: 'reasoning', text: 'Hm.' },
          { kind: 'audio', id: 'a', format: 'wav', data: 'aGk=' },
          { kind: 'native', protocol: 'openai-chat', value: {} },
          { kind: 'refusal', text: 'No.' },
        ],
      }),
    ).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'sluice.deepseek.m' },
        { type: 'text', text: 'No.' },
      ],
      stop_reason: 'refusal',
    })
  })

  it('may have a call that was cut off, and no other invalid one', () => {
    const parts = [{ kind: 'tool-call', id: 't', name: 'run', arguments: '{"a' }] as const
    expect(write({ parts, reason: 'length' })).toMatchObject({
      content: [{ input: {} }],
      stop_reason: 'max_tokens',
    })
    expect(() => write({ parts, reason: 'tool-calls' })).toThrow(GatewayError)
  })

  it('is refused if it is not an answer', () => {
    expect(() => read({ choices: [] })).toThrow(
      expect.objectContaining({ code: 'upstream_invalid' }),
    )
    const error = { type: 'overloaded_error', message: 'Too many.' }
    expect(() => read({ type: 'error', error })).toThrow(
      expect.objectContaining({ code: 'upstream_overloaded', message: 'Too many.' }),
    )
  })
})
