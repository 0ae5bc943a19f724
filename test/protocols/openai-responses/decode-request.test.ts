/** What a Responses request means. */
import { describe, expect, it } from 'vitest'
import { GatewayError, type JsonObject } from '#model'
import { decodeRequest, request } from '../../tools/protocols/openai-responses/codec.ts'
import { anthropicMessages, openaiChat } from '#protocols'
import { NOTES } from '../../../src/protocols/openai-responses/response/answer-notes.ts'

const read = (fields: JsonObject) => decodeRequest({ model: 'm', input: 'Hi', ...fields })

const refusal = (fields: JsonObject) => {
  try {
    read(fields)
  } catch (error) {
    if (error instanceof GatewayError) return { ...error, message: error.message }
  }
  throw new Error('It was not refused.')
}

const seal = (proof: JsonObject) =>
  `sluice.sealed.${Buffer.from(JSON.stringify(proof)).toString('base64url')}`

const GROUP = {
  type: 'namespace',
  name: 'mcp__github',
  description: 'GitHub',
  tools: [{ type: 'function', name: 'search', parameters: { type: 'object', properties: {} } }],
}
const SEARCH = { type: 'tool_search', execution: 'client', description: 'Find tools.' }

describe('the conversation', () => {
  it('may be a text, with instructions before it', () => {
    expect(read({ instructions: 'Be brief.' }).turns).toEqual([
      { role: 'system', parts: [{ kind: 'text', text: 'Be brief.' }] },
      { role: 'user', parts: [{ kind: 'text', text: 'Hi' }] },
    ])
  })

  it('may have or lack types, ids and parts', () => {
    const { turns } = read({
      input: [
        { type: 'message', id: 'dev_1', role: 'developer', content: 'Be kind.' },
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { role: 'assistant', content: [{ type: 'output_text', text: 'Yes?', annotations: [] }] },
      ],
    })
    expect(turns.map(({ role }) => role)).toEqual(['system', 'user', 'assistant'])
  })

  it('has images and files', () => {
    const content = [
      { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
      { type: 'input_file', file_data: 'data:application/pdf;base64,BBBB', filename: 'a.pdf' },
      { type: 'input_file', file_id: 'file_1' },
    ]
    expect(read({ input: [{ role: 'user', content }] }).turns[0]?.parts).toEqual([
      {
        kind: 'image',
        source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' },
        detail: 'low',
      },
      {
        kind: 'file',
        source: { kind: 'base64', mediaType: 'application/pdf', data: 'BBBB' },
        name: 'a.pdf',
      },
      { kind: 'file', source: { kind: 'upload', id: 'file_1', protocol: 'openai-responses' } },
    ])
  })

  it('collects the model’s items in one turn, and the results in the next', () => {
    const { turns } = read({
      input: [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], content: null },
        { type: 'function_call', call_id: 'c1', namespace: 'ns', name: 'f', arguments: '{}' },
        { type: 'custom_tool_call', call_id: 'c2', name: 'patch', input: '*** Begin' },
        { type: 'function_call_output', call_id: 'c1', output: 'one' },
        {
          type: 'custom_tool_call_output',
          call_id: 'c2',
          output: [{ type: 'input_text', text: 'two' }],
        },
      ],
    })
    expect(turns).toEqual([
      {
        role: 'assistant',
        parts: [
          { kind: 'reasoning', text: 'Hm.' },
          { kind: 'tool-call', id: 'c1', name: 'ns__f', arguments: '{}' },
          { kind: 'tool-call', id: 'c2', name: 'patch', arguments: '*** Begin', freeform: true },
        ],
      },
      {
        role: 'tool',
        parts: [
          { kind: 'tool-result', callId: 'c1', parts: [{ kind: 'text', text: 'one' }] },
          { kind: 'tool-result', callId: 'c2', parts: [{ kind: 'text', text: 'two' }] },
        ],
      },
    ])
  })
})

describe('reasoning that is sent back', () => {
  const summary = [{ type: 'summary_text', text: 'Hm.' }]

  it('are signed again by whom they were signed', () => {
    const item = { type: 'reasoning', summary, encrypted_content: seal({ signature: 'Er==' }) }
    expect(read({ input: [item] }).turns[0]?.parts).toEqual([
      { kind: 'reasoning', text: 'Hm.', signature: 'Er==' },
    ])
    const hidden = { type: 'reasoning', summary: [], encrypted_content: seal({ redacted: 'xx' }) }
    expect(read({ input: [hidden] }).turns[0]?.parts).toEqual([
      { kind: 'reasoning', text: '', redacted: 'xx' },
    ])
  })

  it('stays unchanged if OpenAI encrypted it, and reaches no other vendor', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary, encrypted_content: 'gAAAA' }
    const decoded = read({ input: [{ role: 'user', content: 'Hi' }, item] })
    expect(decoded.turns[1]?.parts).toEqual([
      { kind: 'native', protocol: 'openai-responses', value: item },
    ])
    for (const { codec } of [openaiChat, anthropicMessages]) {
      const encoded = codec?.encodeRequest(decoded, { provider: 'p', model: 'm' })
      expect(JSON.stringify(encoded?.body)).not.toContain('gAAAA')
    }
  })
})

describe('tools', () => {
  it('of a group are single tools under one name', () => {
    expect(read({ tools: [GROUP] }).tools).toEqual([
      {
        kind: 'function',
        name: 'mcp__github__search',
        namespace: 'mcp__github',
        schema: { type: 'object', properties: {} },
      },
    ])
  })

  it('may be among the items', () => {
    const { tools, turns } = read({
      tools: [SEARCH],
      input: [
        { type: 'additional_tools', role: 'developer', tools: [GROUP] },
        { role: 'user', content: 'Hi' },
        { type: 'tool_search_call', call_id: 'c1', execution: 'client', arguments: { query: 'x' } },
        {
          type: 'tool_search_output',
          call_id: 'c1',
          execution: 'client',
          tools: [{ type: 'function', name: 'late' }],
        },
      ],
    })
    expect(tools.map(({ name }) => name)).toEqual(['tool_search', 'mcp__github__search', 'late'])
    expect(turns.slice(1)).toEqual([
      {
        role: 'assistant',
        parts: [{ kind: 'tool-call', id: 'c1', name: 'tool_search', arguments: '{"query":"x"}' }],
      },
      {
        role: 'tool',
        parts: [
          { kind: 'tool-result', callId: 'c1', parts: [{ kind: 'tool-reference', name: 'late' }] },
        ],
      },
    ])
  })

  it('that the vendor runs, and grammars, keep their form', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: "a"' }
    expect(
      read({ tools: [{ type: 'web_search' }, { type: 'custom', name: 'p', format }] }).tools,
    ).toEqual([
      {
        kind: 'native',
        protocol: 'openai-responses',
        name: 'web_search',
        value: { type: 'web_search' },
      },
      {
        kind: 'freeform',
        name: 'p',
        format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
      },
    ])
  })
})

describe('settings', () => {
  it('are told in our words, and the rest is kept', () => {
    const fields = {
      stream: true,
      reasoning: { effort: 'high', summary: 'auto' },
      text: { format: { type: 'json_object' }, verbosity: 'low' },
      max_output_tokens: 99,
      parallel_tool_calls: false,
      tool_choice: { type: 'web_search' },
      store: false,
      metadata: null,
      safety_identifier: 'me',
    }
    expect(read(fields)).toEqual(
      request({
        model: 'm',
        stream: true,
        turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }],
        reasoning: { effort: 'high', display: 'summarized' },
        answerFormat: { kind: 'json' },
        maxOutputTokens: 99,
        parallelToolCalls: false,
        userId: 'me',
        extensions: {
          'openai-responses': {
            store: false,
            text: { verbosity: 'low' },
            tool_choice: { type: 'web_search' },
            [NOTES]: { body: { model: 'm', ...fields }, isSummary: false },
          },
        },
      }),
    )
  })
})

describe('refused fields', () => {
  it.each<[JsonObject, string]>([
    [{ input: undefined }, 'input'],
    [{ input: 3 }, 'input'],
    [{ input: [{ role: 'owner', content: 'x' }] }, 'input[0].role'],
    [{ input: [{ role: 'user' }] }, 'input[0].content'],
    [{ input: [{ type: 'function_call', name: 'f' }] }, 'input[0].call_id'],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0]'],
    [{ input: [{ id: 'msg_1' }] }, 'input[0]'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
    [{ background: 'yes' }, 'background'],
  ])('%j names its field', (fields, param) => {
    expect(refusal(fields)).toMatchObject({ code: 'invalid_request', param })
  })

  it('is an answer that is not known here, by its own code', () => {
    expect(refusal({ previous_response_id: 'resp_1' })).toMatchObject({
      status: 400,
      param: 'previous_response_id',
      vendorCode: 'previous_response_not_found',
    })
  })
})
