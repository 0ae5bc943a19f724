/** Whole answers and error bodies, judged without a stream. */

import { describe, expect, it } from 'vitest'

import {
  checkChatAnswer,
  checkChatError,
  checkMessagesAnswer,
  checkMessagesError,
  checkResponsesAnswer,
} from './index.ts'

const toolCall = (id: string, source: string) => ({
  id,
  type: 'function',
  function: { name: 'read', arguments: source },
})

const chat = (message: object = {}, finish_reason = 'stop', usage: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1763700000,
  model: 'gpt-5',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello', refusal: null, ...message },
      finish_reason,
      logprobs: null,
    },
  ],
  usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17, ...usage },
})

const message = (content: object[], fields: object = {}) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-5-5',
  content,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 5 },
  ...fields,
})

const functionCall = (id: string, source: string, status = 'completed') => ({
  id,
  type: 'function_call',
  call_id: `call_${id}`,
  name: 'read',
  arguments: source,
  status,
})

const response = (output: object[], fields: object = {}) => ({
  id: 'resp_1',
  object: 'response',
  created_at: 1763700000,
  status: 'completed',
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: 'gpt-5',
  output,
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
  usage: {
    input_tokens: 12,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 17,
  },
  ...fields,
})

const TEXT = { type: 'text', text: 'Hello' }
const TOOL = { type: 'tool_use', id: 'toolu_1', name: 'read', input: { path: 'a' } }

describe('a chat answer', () => {
  it('passes as text and as tool calls', () => {
    expect(checkChatAnswer(chat(), { model: 'gpt-5' })).toEqual([])
    const calls = [toolCall('call_a', '{}'), toolCall('call_b', '{"path":"a"}')]
    expect(checkChatAnswer(chat({ content: null, tool_calls: calls }, 'tool_calls'))).toEqual([])
  })

  it.each([
    [chat({ role: 'user' }), "choices[0].message.role is 'user', not 'assistant'"],
    [chat({ refusal: undefined }), 'choices[0].message.refusal is missing, not a string'],
    [chat({}, 'tool_calls'), 'finish_reason is tool_calls without a tool call'],
    [chat({ tool_calls: [toolCall('a', '{}')] }), 'finish_reason is stop though tools were called'],
    [
      chat({ tool_calls: [toolCall('a', '{"p')] }, 'tool_calls'),
      'the arguments of tool call 0 are not a JSON object',
    ],
    [
      chat({ tool_calls: [toolCall('a', '{}'), toolCall('a', '{}')] }, 'tool_calls'),
      "the tool call id 'a' is used twice",
    ],
    [
      chat({}, 'stop', { total_tokens: 12 }),
      'total_tokens is not prompt_tokens plus completion_tokens',
    ],
    [{ ...chat(), choices: [] }, 'choices is empty'],
    [{ ...chat(), usage: undefined }, 'usage is missing, not an object'],
    [{ ...chat(), error: { message: 'x' } }, 'an answer has a truthy top-level error'],
  ])('is refused: %#', (body, violation) => {
    expect(checkChatAnswer(body)).toEqual([violation])
  })
})

describe('a Messages answer', () => {
  it('passes as text and as tool use', () => {
    expect(checkMessagesAnswer(message([TEXT]), { model: 'claude-opus-5-5' })).toEqual([])
    expect(checkMessagesAnswer(message([TEXT, TOOL], { stop_reason: 'tool_use' }))).toEqual([])
  })

  it.each([
    [message([{ type: 'text', text: '' }]), 'the text of block 0 is empty'],
    [message([TOOL]), 'stop_reason is end_turn though a tool is used'],
    [message([TEXT], { stop_reason: 'tool_use' }), 'stop_reason is tool_use without a tool_use'],
    [message([TOOL, TOOL], { stop_reason: 'tool_use' }), "the tool id 'toolu_1' is used twice"],
    [
      message([{ ...TOOL, input: '{}' }], { stop_reason: 'tool_use' }),
      'content[0].input is not an object',
    ],
    [
      message([{ type: 'thinking', thinking: 'Hm.', signature: '' }]),
      'the thinking of block 0 is not signed',
    ],
    [
      message([TEXT], { usage: { input_tokens: 0, output_tokens: 5 } }),
      'the usage counts no input tokens',
    ],
    [
      message([TEXT], { stop_sequence: 'END' }),
      'stop_sequence is set though stop_reason is end_turn',
    ],
  ])('is refused: %#', (body, violation) => {
    expect(checkMessagesAnswer(body)).toEqual([violation])
  })
})

describe('a Responses answer', () => {
  it('passes as a call, as an incomplete one and as a failure', () => {
    expect(checkResponsesAnswer(response([functionCall('a', '{}')]), { model: 'gpt-5' })).toEqual(
      [],
    )
    const cut = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
    const half = functionCall('a', '{"p', 'incomplete')
    expect(checkResponsesAnswer(response([half], cut))).toEqual([])
    const failed = { status: 'failed', error: { code: 'server_error', message: 'x' } }
    expect(checkResponsesAnswer(response([], failed))).toEqual([])
  })

  it.each([
    [response([functionCall('a', '{"p')]), 'the arguments are not a JSON object'],
    [
      response([functionCall('a', '{}', 'incomplete')]),
      'a completed response holds an incomplete item',
    ],
    [response([], { usage: undefined }), 'usage is missing, not an object'],
    [response([], { status: 'incomplete' }), 'incomplete_details is null, not an object'],
    [response([], { status: 'failed' }), 'error is null, not an object'],
  ])('is refused: %#', (body, violation) => {
    expect(checkResponsesAnswer(body)).toEqual([violation])
  })
})

describe('an error body', () => {
  const chatError = { message: 'No such model.', type: 'invalid_request_error', param: 'model' }
  const messagesError = { type: 'not_found_error', message: 'No such model.' }

  it('passes in the dialect of its protocol', () => {
    expect(checkChatError({ error: { ...chatError, code: 'model_not_found' } })).toEqual([])
    expect(
      checkMessagesError({ type: 'error', error: messagesError, request_id: 'req_1' }),
    ).toEqual([])
  })

  it('is refused in the dialect of another', () => {
    expect(checkChatError({ error: messagesError })).toEqual([
      'error.code is missing, not a string',
      'error.param is missing, not a string',
    ])
    expect(checkMessagesError({ error: chatError })).toEqual([
      "type is missing, not 'error'",
      'request_id is missing, not a filled string',
    ])
  })

  it('is refused without a message', () => {
    expect(checkChatError({ error: { ...chatError, code: null, message: '' } })).toEqual([
      "error.message is '', not a filled string",
    ])
  })
})
