/** Requests as chat clients send them. */
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { decodeRequest } from '../../tools/protocols/openai-chat/codec.ts'

const HELLO = [{ role: 'user', content: 'Hello' }]

const read = (fields: object) => decodeRequest({ model: 'm', messages: HELLO, ...fields })

const readTurns = (...messages: object[]) => read({ messages }).turns

const refusalOf = (body: object) => {
  try {
    decodeRequest({ ...body })
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return { code: error.code, param: error.param }
  }
  throw new Error('It was not refused.')
}

const text = (said: string) => ({ kind: 'text', text: said })

describe('a request', () => {
  it('of the least is a request that is not streamed', () => {
    expect(decodeRequest({ model: 'm', messages: HELLO })).toEqual({
      model: 'm',
      stream: false,
      turns: [{ role: 'user', parts: [text('Hello')] }],
      tools: [],
    })
  })

  it('specifies how to generate the answer', () => {
    expect(
      read({
        stream: true,
        stream_options: { include_usage: true, include_obfuscation: false },
        max_tokens: 10,
        temperature: 0.5,
        top_p: 0.9,
        stop: ['a', 'b'],
        user: 'u',
        parallel_tool_calls: false,
        reasoning_effort: 'high',
      }),
    ).toMatchObject({
      stream: true,
      usageInStream: true,
      maxOutputTokens: 10,
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ['a', 'b'],
      userId: 'u',
      parallelToolCalls: false,
      reasoning: { effort: 'high' },
    })
  })

  it('may specify some of it in other ways', () => {
    expect(read({ max_completion_tokens: 7, max_tokens: 9 }).maxOutputTokens).toBe(7)
    expect(read({ stop: 'a' }).stopSequences).toEqual(['a'])
    expect(read({ safety_identifier: 's', user: 'u' }).userId).toBe('s')
    expect(read({ reasoning: { max_tokens: 2000 } }).reasoning).toEqual({ budgetTokens: 2000 })
    expect(read({ reasoning: { effort: 'low' } }).reasoning).toEqual({ effort: 'low' })
  })

  it('may set anything optional to null', () => {
    const all = ['stream', 'stream_options', 'tools', 'tool_choice', 'max_tokens', 'temperature']
    const more = ['stop', 'n', 'user', 'response_format', 'reasoning_effort', 'seed', 'functions']
    const fields = Object.fromEntries([...all, ...more].map((key) => [key, null]))
    expect(read(fields)).toEqual(read({}))
  })

  it('keeps fields that only this protocol has', () => {
    const extra = {
      logit_bias: { '7': 1 },
      logprobs: true,
      prompt_cache_key: 'k',
      verbosity: 'low',
      invented_tomorrow: { a: 1 },
      reasoning_effort: 'superhuman',
      tool_choice: { type: 'invented' },
      response_format: { type: 'invented' },
    }
    expect(read(extra).extensions).toEqual({ 'openai-chat': extra })
  })

  it('for several answers is refused', () => {
    expect(read({ n: 1 })).toEqual(read({}))
    expect(refusalOf({ model: 'm', messages: HELLO, n: 2 })).toEqual({
      code: 'invalid_request',
      param: 'n',
    })
  })
})

const messages = (...all: unknown[]) => ({ model: 'm', messages: all })

describe('a wrong field', () => {
  const user = (...content: unknown[]) => messages({ role: 'user', content })
  const calls = (...tool_calls: unknown[]) => messages({ role: 'assistant', tool_calls })

  it.each<[string, object]>([
    ['model', { messages: HELLO }],
    ['model', { model: 3, messages: HELLO }],
    ['messages', { model: 'm' }],
    ['messages', { model: 'm', messages: 'Hello' }],
    ['messages[0]', messages('Hello')],
    ['messages[0].role', messages({ content: 'a' })],
    ['messages[1].role', messages(...HELLO, { role: 'constructor', content: 'a' })],
    ['messages[0].content', messages({ role: 'user' })],
    ['messages[0].content', messages({ role: 'user', content: 3 })],
    ['messages[0].content[1]', user('a', null)],
    ['messages[0].content[0].type', user({})],
    ['messages[0].content[0].text', user({ type: 'text' })],
    ['messages[0].content[0].image_url', user({ type: 'image_url' })],
    ['messages[0].content[0].image_url.url', user({ type: 'image_url', image_url: {} })],
    ['messages[0].content[0].input_audio.data', user({ type: 'input_audio', input_audio: {} })],
    ['messages[0].content[0].file', user({ type: 'file' })],
    ['messages[0].tool_call_id', messages({ role: 'tool', content: 'a' })],
    ['messages[0].name', messages({ role: 'function', content: 'a' })],
    ['messages[0].tool_calls', messages({ role: 'assistant', tool_calls: 'a' })],
    ['messages[0].tool_calls[0].id', calls({ function: { name: 'a' } })],
    ['messages[0].tool_calls[0].function', calls({ id: 'a' })],
    ['messages[0].tool_calls[0].function.name', calls({ id: 'a', function: {} })],
    [
      'messages[0].tool_calls[0].function.arguments',
      calls({ id: 'a', function: { name: 'b', arguments: 3 } }),
    ],
    ['messages[0].tool_calls[0].custom', calls({ id: 'a', type: 'custom' })],
    ['stream', { model: 'm', messages: HELLO, stream: 'yes' }],
    ['temperature', { model: 'm', messages: HELLO, temperature: 'hot' }],
    ['max_tokens', { model: 'm', messages: HELLO, max_tokens: 1.5 }],
    ['stop[1]', { model: 'm', messages: HELLO, stop: ['a', 1] }],
    ['tools', { model: 'm', messages: HELLO, tools: {} }],
    ['tools[0]', { model: 'm', messages: HELLO, tools: ['a'] }],
    ['tools[0].type', { model: 'm', messages: HELLO, tools: [{ type: { toString: 1 } }] }],
    ['tools[0].function', { model: 'm', messages: HELLO, tools: [{ type: 'function' }] }],
    ['tools[0].function.name', { model: 'm', messages: HELLO, tools: [{ function: {} }] }],
    ['tool_choice', { model: 'm', messages: HELLO, tool_choice: 3 }],
    ['stream_options', { model: 'm', messages: HELLO, stream_options: 'a' }],
    [
      'response_format.json_schema',
      { model: 'm', messages: HELLO, response_format: { type: 'json_schema' } },
    ],
  ])('%s is named', (param, body) => {
    expect(refusalOf(body)).toEqual({ code: 'invalid_request', param })
  })
})

const result = (id: string, content: unknown) => ({ role: 'tool', tool_call_id: id, content })

describe('messages', () => {
  it('of system and developer are system turns in their place', () => {
    const turns = readTurns(
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b' },
      { role: 'developer', content: [{ type: 'text', text: 'c' }] },
    )
    expect(turns).toEqual([
      { role: 'system', parts: [text('a')] },
      { role: 'user', parts: [text('b')] },
      { role: 'system', parts: [text('c')] },
    ])
  })

  it('of a user have text, images, files and audio', () => {
    const [turn] = readTurns({
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: '' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBO', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'https://a.example/b.png' } },
        { type: 'image_url', image_url: 'https://a.example/c.png' },
        {
          type: 'file',
          file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' },
        },
        { type: 'file', file: { file_data: 'JVBE' } },
        { type: 'file', file: { file_id: 'file_1' } },
        { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
        { type: 'invented', value: 1 },
      ],
    })
    const pdf = { kind: 'base64', mediaType: 'application/pdf', data: 'JVBE' }
    expect(turn?.parts).toEqual([
      text('a'),
      {
        kind: 'image',
        source: { kind: 'base64', mediaType: 'image/png', data: 'iVBO' },
        detail: 'low',
      },
      { kind: 'image', source: { kind: 'url', url: 'https://a.example/b.png' } },
      { kind: 'image', source: { kind: 'url', url: 'https://a.example/c.png' } },
      { kind: 'file', source: pdf, name: 'a.pdf' },
      { kind: 'file', source: pdf },
      { kind: 'file', source: { kind: 'upload', id: 'file_1', protocol: 'openai-chat' } },
      { kind: 'audio', data: 'UklG', format: 'wav' },
      { kind: 'native', protocol: 'openai-chat', value: { type: 'invented', value: 1 } },
    ])
  })

  it.each([null, '', []])('of an assistant may have %j for content', (content) => {
    const call = { id: 'c', type: 'function', function: { name: 'a', arguments: '' } }
    expect(readTurns({ role: 'assistant', content, tool_calls: [call] })).toEqual([
      {
        role: 'assistant',
        parts: [{ kind: 'tool-call', id: 'c', name: 'a', arguments: '' }],
      },
    ])
  })

  it('of an assistant have reasoning, text, refusal and calls, in this order', () => {
    const [turn] = readTurns({
      role: 'assistant',
      content: [{ type: 'text', text: 'a' }],
      refusal: 'b',
      reasoning_content: 'c',
      tool_calls: [
        { id: '1', type: 'function', function: { name: 'd', arguments: '{"x":1}' } },
        { id: '2', type: 'function', function: { name: 'e', arguments: { x: 1 } } },
        { id: '3', type: 'custom', custom: { name: 'f', input: 'text' } },
      ],
    })
    expect(turn?.parts).toEqual([
      { kind: 'reasoning', text: 'c' },
      text('a'),
      { kind: 'refusal', text: 'b' },
      { kind: 'tool-call', id: '1', name: 'd', arguments: '{"x":1}' },
      { kind: 'tool-call', id: '2', name: 'e', arguments: '{"x":1}' },
      { kind: 'tool-call', id: '3', name: 'f', arguments: 'text', freeform: true },
    ])
  })

  it('with signed and encrypted reasoning keep it complete and in order', () => {
    const format = 'anthropic-claude-v1'
    const [turn] = readTurns({
      role: 'assistant',
      content: 'a',
      reasoning_content: 'shown only',
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm.', signature: 'one', format, index: 0 },
        { type: 'reasoning.encrypted', data: 'sealed', format, index: 1 },
        { type: 'reasoning.text', text: '', signature: 'three', format, index: 2 },
      ],
    })
    expect(turn?.parts.slice(0, -1)).toEqual([
      { kind: 'reasoning', text: 'Hm.', signature: 'one' },
      { kind: 'reasoning', text: '', redacted: 'sealed' },
      { kind: 'reasoning', text: '', signature: 'three' },
    ])
  })

  it('with the reasoning of another vendor have no signature', () => {
    const format = 'openai-responses-v1'
    const [turn] = readTurns({
      role: 'assistant',
      content: 'a',
      reasoning_details: [
        { type: 'reasoning.summary', summary: 'Hm.', format },
        { type: 'reasoning.encrypted', data: 'theirs', format },
        { type: 'reasoning.text', text: 'So.', signature: 'theirs', format },
        'odd',
      ],
    })
    expect(turn?.parts.slice(0, -1)).toEqual([
      { kind: 'reasoning', text: 'Hm.' },
      { kind: 'reasoning', text: 'So.' },
    ])
  })

  it('of tools become one turn if no other is between', () => {
    const turns = readTurns(
      result('1', 'a'),
      result('2', [{ type: 'text', text: 'b' }]),
      ...HELLO,
      result('3', null),
    )
    expect(turns).toEqual([
      {
        role: 'tool',
        parts: [
          { kind: 'tool-result', callId: '1', parts: [text('a')] },
          { kind: 'tool-result', callId: '2', parts: [text('b')] },
        ],
      },
      { role: 'user', parts: [text('Hello')] },
      { role: 'tool', parts: [{ kind: 'tool-result', callId: '3', parts: [] }] },
    ])
  })

  it('of the oldest form match call and result', () => {
    const [, assistant, tool] = readTurns(
      ...HELLO,
      { role: 'assistant', content: null, function_call: { name: 'a', arguments: '{}' } },
      { role: 'function', name: 'a', content: 'b' },
    )
    const id = 'call_message_1'
    expect(assistant?.parts).toEqual([{ kind: 'tool-call', id, name: 'a', arguments: '{}' }])
    expect(tool?.parts).toEqual([{ kind: 'tool-result', callId: id, parts: [text('b')] }])
  })

  it('keep prompt-cache marks anywhere', () => {
    const cache_control = { type: 'ephemeral' }
    const mark = { cacheControl: cache_control }
    const turns = readTurns(
      { role: 'system', content: [{ type: 'text', text: 'a', cache_control }] },
      { role: 'user', content: 'b', cache_control },
      { role: 'tool', tool_call_id: '1', content: 'c', cache_control },
    )
    expect(turns).toMatchObject([
      { parts: [{ text: 'a', ...mark }] },
      { parts: [{ text: 'b', ...mark }] },
      { parts: [{ callId: '1', ...mark }] },
    ])
  })
})

describe('tools', () => {
  const SCHEMA = { type: 'object', properties: { x: { type: 'string' } } }

  it('are functions, freeform tools, and tools that only this protocol has', () => {
    const { tools } = read({
      tools: [
        {
          type: 'function',
          function: { name: 'a', description: 'A', parameters: SCHEMA, strict: true },
        },
        { type: 'function', function: { name: 'b', strict: null } },
        { type: 'custom', custom: { name: 'c', description: 'C', format: { type: 'text' } } },
        { type: 'invented', value: 1 },
      ],
    })
    expect(tools).toEqual([
      { kind: 'function', name: 'a', description: 'A', schema: SCHEMA, strict: true },
      { kind: 'function', name: 'b' },
      { kind: 'freeform', name: 'c', description: 'C', format: { type: 'text' } },
      {
        kind: 'native',
        protocol: 'openai-chat',
        name: 'invented',
        value: { type: 'invented', value: 1 },
      },
    ])
  })

  it('may be flat, or have the oldest form', () => {
    expect(read({ tools: [{ type: 'function', name: 'a', parameters: SCHEMA }] }).tools).toEqual([
      { kind: 'function', name: 'a', schema: SCHEMA },
    ])
    expect(read({ functions: [{ name: 'a' }], function_call: { name: 'a' } })).toMatchObject({
      tools: [{ kind: 'function', name: 'a' }],
      toolChoice: { mode: 'named', name: 'a' },
    })
  })

  it.each<[unknown, unknown]>([
    ['auto', { mode: 'auto' }],
    ['none', { mode: 'none' }],
    ['required', { mode: 'required' }],
    [
      { type: 'function', function: { name: 'a' } },
      { mode: 'named', name: 'a' },
    ],
    [
      { type: 'custom', custom: { name: 'a' } },
      { mode: 'named', name: 'a' },
    ],
    [
      {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'required',
          tools: [{ type: 'function', function: { name: 'a' } }],
        },
      },
      { mode: 'allowed', names: ['a'], required: true },
    ],
  ])('chosen by %j', (tool_choice, toolChoice) => {
    expect(read({ tool_choice }).toolChoice).toEqual(toolChoice)
  })
})

describe('the form of the answer', () => {
  it('may be JSON of any shape, or of one', () => {
    const json_schema = { name: 'a', schema: { type: 'object' }, strict: true }
    expect(read({ response_format: { type: 'json_object' } }).answerFormat).toEqual({
      kind: 'json',
    })
    expect(read({ response_format: { type: 'json_schema', json_schema } }).answerFormat).toEqual({
      kind: 'json-schema',
      ...json_schema,
    })
  })

  it('is text by default', () => {
    expect(read({ response_format: { type: 'text' } })).toEqual(read({}))
  })
})
