import { describe, expect, it } from 'vitest'
import { GatewayError, type JsonObject } from '#model'
import { decodeRequest } from '../../tools/protocols/anthropic-messages/codec.ts'

const user = (content: unknown) => ({ role: 'user', content })

const read = (fields: JsonObject) =>
  decodeRequest({ model: 'm', max_tokens: 100, messages: [user('Hi')], ...fields })

const result = (id: string, more: object) => ({ type: 'tool_result', tool_use_id: id, ...more })

const turnsOf = (...messages: readonly unknown[]) => read({ messages }).turns

const refusalOf = (fields: JsonObject): GatewayError => {
  try {
    read(fields)
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown
    throw thrown
  }
  throw new Error('Nothing was refused.')
}

describe('a request', () => {
  it('is read with all that the vocabulary knows', () => {
    expect(
      read({
        system: 'Be brief.',
        stream: true,
        temperature: 0.5,
        top_p: 0.9,
        top_k: 5,
        stop_sequences: ['END'],
        metadata: { user_id: '{"device":1}' },
        thinking: { type: 'enabled', budget_tokens: 2048, display: 'omitted' },
        output_config: {
          effort: 'high',
          format: { type: 'json_schema', schema: { type: 'object' } },
        },
        tool_choice: { type: 'any', disable_parallel_tool_use: true },
      }),
    ).toEqual({
      model: 'm',
      stream: true,
      turns: [
        { role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] },
        { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
      ],
      tools: [],
      toolChoice: { mode: 'required' },
      parallelToolCalls: false,
      maxOutputTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      topK: 5,
      stopSequences: ['END'],
      reasoning: { effort: 'high', budgetTokens: 2048, display: 'omitted' },
      answerFormat: { kind: 'json-schema', schema: { type: 'object' } },
      userId: '{"device":1}',
    })
  })

  it('keeps the fields that only this protocol has', () => {
    const { extensions } = read({
      context_management: { edits: [] },
      output_config: { effort: 'low', task_budget: { tokens: 5 } },
      thinking: { type: 'between_tools' },
      tool_choice: { type: 'invented' },
    })
    expect(extensions).toEqual({
      'anthropic-messages': {
        context_management: { edits: [] },
        output_config: { task_budget: { tokens: 5 } },
        thinking: { type: 'between_tools' },
        tool_choice: { type: 'invented' },
      },
    })
  })

  it('treats null as not set, as SDKs write it', () => {
    const request = read({
      system: null,
      tools: null,
      metadata: { user_id: null },
      output_config: { effort: null, format: null },
      thinking: null,
      thread: null,
      mcp_servers: [],
    })
    expect(Object.keys(request)).toEqual(['model', 'stream', 'turns', 'tools', 'maxOutputTokens'])
  })

  it('lets the model decide for itself how long to think', () => {
    expect(read({ thinking: { type: 'adaptive', display: 'summarized' } }).reasoning).toEqual({
      adaptive: true,
      display: 'summarized',
    })
    expect(read({ thinking: { type: 'disabled' } }).reasoning).toEqual({ effort: 'none' })
  })

  it.each([
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ max_tokens: 'many' }, 'max_tokens'],
    [{ model: 7 }, 'model'],
    [{ stream: 'yes' }, 'stream'],
    [{ messages: 'Hi' }, 'messages'],
    [{ messages: [user('Hi'), { role: 'robot', content: '' }] }, 'messages[1].role'],
    [{ messages: [user(7)] }, 'messages[0].content'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ messages: [user([{ type: 'text' }])] }, 'messages[0].content[0].text'],
    [{ messages: [user([{ text: 'no type' }])] }, 'messages[0].content[0].type'],
    [
      { messages: [user([{ type: 'search_result', source: { toString: 1 }, content: [] }])] },
      'messages[0].content[0].source',
    ],
    [
      { messages: [user([{ type: 'image', source: { type: 'base64', data: 'x' } }])] },
      'messages[0].content[0].source.media_type',
    ],
    [
      {
        messages: [user([{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text' }] }])],
      },
      'messages[0].content[0].content[0].text',
    ],
    [{ system: [{ type: 'text', text: 1 }] }, 'system[0].text'],
    [{ tools: [{ description: 'nameless' }] }, 'tools[0].name'],
    [{ tools: [{ name: 'n', input_schema: [] }] }, 'tools[0].input_schema'],
    [{ tool_choice: { type: 'tool' } }, 'tool_choice.name'],
    [{ stop_sequences: ['a', 2] }, 'stop_sequences[1]'],
    [{ temperature: '1' }, 'temperature'],
    [{ thinking: { type: 'enabled', budget_tokens: -1 } }, 'thinking.budget_tokens'],
    [{ mcp_servers: [{ url: 'https://example.com' }] }, 'mcp_servers'],
  ])('names the field that is wrong: %j', (fields, param) => {
    const error = refusalOf(fields)
    expect(error).toMatchObject({ code: 'invalid_request', status: 400, param })
    expect(error.message).toContain(`'${param}'`)
  })

  it('refuses a server thread with the code after which the SDK continues without one', () => {
    expect(refusalOf({ thread: { type: 'create' } })).toMatchObject({
      status: 400,
      param: 'thread',
      vendorCode: 'thread_unsupported_request',
    })
  })
})

describe('messages', () => {
  it('keep system messages in place', () => {
    expect(
      turnsOf(user('Hi'), { role: 'system', content: [{ type: 'text', text: 'Now in French.' }] }),
    ).toEqual([
      { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
      { role: 'system', parts: [{ kind: 'text', text: 'Now in French.' }] },
    ])
  })

  it('drop empty texts, and take a system message that has only settings for nothing', () => {
    expect(
      turnsOf(
        user([
          { type: 'text', text: '' },
          { type: 'text', text: 'Hi' },
        ]),
        { role: 'system', output_config: { effort: 'low' } },
      ),
    ).toEqual([{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }])
  })

  it('are split into results and text', () => {
    expect(
      turnsOf(
        user([
          result('a', { content: 'done', cache_control: { type: 'ephemeral' } }),
          { type: 'text', text: 'Go on.' },
          result('b', { is_error: true }),
          result('c', {
            content: [
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
              { type: 'tool_reference', tool_name: 'search' },
            ],
          }),
        ]),
      ),
    ).toEqual([
      {
        role: 'tool',
        parts: [
          {
            kind: 'tool-result',
            callId: 'a',
            parts: [{ kind: 'text', text: 'done' }],
            cacheControl: { type: 'ephemeral' },
          },
          { kind: 'tool-result', callId: 'b', parts: [], isError: true },
          {
            kind: 'tool-result',
            callId: 'c',
            parts: [
              {
                kind: 'image',
                source: { kind: 'base64', mediaType: 'image/png', data: 'aGk=' },
              },
              { kind: 'tool-reference', name: 'search' },
            ],
          },
        ],
      },
      { role: 'user', parts: [{ kind: 'text', text: 'Go on.' }] },
    ])
  })

  it('keep signed, omitted and redacted reasoning unchanged', () => {
    expect(
      turnsOf({
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'So.', signature: 'Er1' },
          { type: 'thinking', thinking: '', signature: 'Er2' },
          { type: 'redacted_thinking', data: 'Em1' },
          { type: 'thinking', thinking: 'Unsigned.', signature: '' },
          { type: 'tool_use', id: 't', name: 'run', input: { deep: [1, { a: null }] } },
        ],
      }),
    ).toEqual([
      {
        role: 'assistant',
        parts: [
          { kind: 'reasoning', text: 'So.', signature: 'Er1' },
          { kind: 'reasoning', text: '', signature: 'Er2' },
          { kind: 'reasoning', text: '', redacted: 'Em1' },
          { kind: 'reasoning', text: 'Unsigned.' },
          { kind: 'tool-call', id: 't', name: 'run', arguments: '{"deep":[1,{"a":null}]}' },
        ],
      },
    ])
  })

  it.each([
    [
      { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
      { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' },
    ],
    [
      { type: 'url', url: 'https://example.com/a.pdf' },
      { kind: 'url', url: 'https://example.com/a.pdf' },
    ],
    [
      { type: 'file', file_id: 'file_1' },
      { kind: 'upload', id: 'file_1', protocol: 'anthropic-messages' },
    ],
    [
      { type: 'text', media_type: 'text/plain', data: 'A page.' },
      { kind: 'text', text: 'A page.' },
    ],
    [
      {
        type: 'content',
        content: [
          { type: 'text', text: 'A' },
          { type: 'text', text: 'B' },
        ],
      },
      { kind: 'text', text: 'A\nB' },
    ],
  ])('read a document from %j', (source, expected) => {
    expect(turnsOf(user([{ type: 'document', source, title: 'a' }]))).toEqual([
      { role: 'user', parts: [{ kind: 'file', source: expected, name: 'a' }] },
    ])
  })

  it('read a search result as text, and keep unknown blocks unchanged', () => {
    const unknown = { type: 'invented', field: 1 }
    expect(
      turnsOf(
        user([
          {
            type: 'search_result',
            title: 'T',
            source: 'https://example.com',
            content: [{ type: 'text', text: 'found' }],
          },
          unknown,
        ]),
      ),
    ).toEqual([
      {
        role: 'user',
        parts: [
          {
            kind: 'file',
            source: { kind: 'text', text: 'https://example.com\n\nfound' },
            name: 'T',
          },
          { kind: 'native', protocol: 'anthropic-messages', value: unknown },
        ],
      },
    ])
  })
})

describe('tools', () => {
  it('are functions, unless they are the vendor’s own', () => {
    const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 }
    const schema = { type: 'object', properties: {} }
    expect(
      read({
        tools: [
          {
            name: 'run',
            description: 'Runs.',
            input_schema: schema,
            strict: true,
            defer_loading: true,
            cache_control: { type: 'ephemeral' },
          },
          { type: 'custom', name: 'bare' },
          search,
          { type: 'mcp_toolset', mcp_server_name: 's' },
        ],
      }).tools,
    ).toEqual([
      {
        kind: 'function',
        name: 'run',
        description: 'Runs.',
        schema,
        strict: true,
        deferred: true,
        cacheControl: { type: 'ephemeral' },
      },
      { kind: 'function', name: 'bare' },
      { kind: 'native', protocol: 'anthropic-messages', name: 'web_search', value: search },
      {
        kind: 'native',
        protocol: 'anthropic-messages',
        name: 'mcp_toolset',
        value: { type: 'mcp_toolset', mcp_server_name: 's' },
      },
    ])
  })

  it.each([
    [{ type: 'auto' }, { mode: 'auto' }],
    [{ type: 'any' }, { mode: 'required' }],
    [{ type: 'none' }, { mode: 'none' }],
    [
      { type: 'tool', name: 'run' },
      { mode: 'named', name: 'run' },
    ],
  ])('are chosen by %j', (tool_choice, expected) => {
    expect(read({ tool_choice }).toolChoice).toEqual(expected)
  })
})
