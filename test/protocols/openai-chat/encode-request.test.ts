/** Requests as a chat upstream gets them. Each one is shown to an upstream as strict as OpenAI. */
import { describe, expect, it } from 'vitest'
import type { Effort, JsonObject, ModelRequest, Part, Tool, Turn } from '#model'
import type { TargetTraits } from '#protocols'
import { checkChat } from '../../upstream/chat-rules.ts'
import { createMemory } from '../../upstream/memory.ts'
import type { RouteContext } from '../../upstream/routes.ts'
import { encodeRequest, request, TARGET } from './codec.ts'

const admit = (body: JsonObject, messageFields: readonly string[] = []) => {
  const context = { models: [], messageFields, memory: createMemory() }
  checkChat(JSON.parse(JSON.stringify(body)), context as unknown as RouteContext)
}

const encode = (fields: Partial<ModelRequest>, target: Partial<TargetTraits> = {}) => {
  const encoded = encodeRequest(request(fields), { ...TARGET, ...target })
  admit(encoded.body)
  return encoded
}

const messagesOf = (turns: readonly Turn[], tools: readonly Tool[] = []) =>
  encode({ turns, tools }).body.messages

const text = (said: string): Part => ({ kind: 'text', text: said })
const user = (...parts: Part[]): Turn => ({ role: 'user', parts })
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts })
const system = (...parts: Part[]): Turn => ({ role: 'system', parts })
const call = (id: string, name = 'weather', json = '{}'): Part => ({
  kind: 'tool-call',
  id,
  name,
  arguments: json,
})
const result = (callId: string, ...parts: Part[]): Part => ({ kind: 'tool-result', callId, parts })
const results = (...parts: Part[]): Turn => ({ role: 'tool', parts })

const thought = (signature?: string): Part =>
  signature === undefined
    ? { kind: 'reasoning', text: 'Hm.' }
    : { kind: 'reasoning', text: 'Hm.', signature }

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const IMAGE: Part = {
  kind: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data: PIXEL },
}
const IMAGE_URL = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } }
const PDF: Part = {
  kind: 'file',
  source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0xLjQK' },
  name: 'report.pdf',
}
const PDF_FILE = {
  type: 'file',
  file: { filename: 'report.pdf', file_data: 'data:application/pdf;base64,JVBERi0xLjQK' },
}

const SCHEMA = { type: 'object', properties: { city: { type: 'string' } } }
const TOOL: Tool = { kind: 'function', name: 'weather', description: 'W', schema: SCHEMA }

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

  it('that streams always asks for usage', () => {
    const target = { streamOptions: { include_obfuscation: false } }
    expect(encode({ stream: true }, target).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true, include_obfuscation: false },
    })
  })

  it('names the output limit as the target does, and keeps below its own', () => {
    const limit = { maxOutputTokens: 128_000 }
    expect(encode({ maxOutputTokens: 100 }).body.max_tokens).toBe(100)
    expect(encode(limit, { maxOutputTokens: 32_768 }).body.max_tokens).toBe(32_768)
    const { body } = encode(limit, { model: 'gpt-5', maxTokensField: 'max_completion_tokens' })
    expect(body).toMatchObject({ max_completion_tokens: 128_000 })
    expect(body).not.toHaveProperty('max_tokens')
  })

  it('says of the user only that it is the same one', () => {
    const { body } = encode({ userId: '{"device_id":"x"}' })
    expect(body.user).toMatch(/^[0-9a-f]{64}$/)
    expect(encode({ userId: '{"device_id":"x"}' }).body.user).toBe(body.user)
  })

  it('keeps four stop sequences, and says so where there were more', () => {
    const stopSequences = ['a', 'b', 'c', 'd', 'e']
    const { body, dropped } = encode({ stopSequences })
    expect(body.stop).toEqual(['a', 'b', 'c', 'd'])
    expect(dropped).toEqual(['stop_sequences'])
    expect(encode({ stopSequences: [] }).body).not.toHaveProperty('stop')
  })

  it('leaves out what the target refuses, and names it as the client spelt it', () => {
    const refusedFields = ['temperature', 'top_p', 'stop', 'reasoning_effort', 'presence_penalty']
    const { body, dropped } = encode(
      { temperature: 0.5, topP: 1, topK: 3, stopSequences: ['a'], reasoning: { effort: 'high' } },
      { refusedFields, model: 'gpt-5' },
    )
    expect(Object.keys(body)).toEqual(['model', 'messages', 'stream'])
    expect(dropped).toEqual(['top_k', 'temperature', 'stop_sequences', 'thinking'])
  })

  it('gives back what this protocol knows, and names what another does', () => {
    const { body, dropped } = encode({
      extensions: {
        'openai-chat': { seed: 7 },
        'anthropic-messages': { context_management: {}, inference_geo: 'eu' },
      },
    })
    expect(body.seed).toBe(7)
    expect(dropped).toEqual(['context_management', 'inference_geo'])
  })
})

const effortOf = (reasoning: NonNullable<ModelRequest['reasoning']>) =>
  encode({ reasoning }, { model: 'gpt-5' }).body.reasoning_effort

describe('thinking', () => {
  it.each(['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const)(
    'with effort %s is asked for so',
    (effort) => {
      expect(effortOf({ effort, adaptive: true })).toBe(effort)
    },
  )

  it.each([
    [1024, 'low'],
    [8192, 'medium'],
    [31_999, 'high'],
  ])('with a budget of %i is asked for as %s', (budgetTokens, effort) => {
    expect(effortOf({ budgetTokens })).toBe(effort)
  })

  it('is asked for in the nearest word below that the model knows', () => {
    const nearest = (effort: Effort) =>
      encode({ reasoning: { effort } }, { model: 'gpt-5.1', efforts: ['low', 'medium', 'high'] })
        .body.reasoning_effort
    expect(nearest('max')).toBe('high')
    expect(nearest('medium')).toBe('medium')
    expect(nearest('minimal')).toBe('low')
  })

  it('as the model likes is not spoken of', () => {
    expect(effortOf({ adaptive: true })).toBeUndefined()
  })

  it('that is not wanted is not spoken of to models that know no such word', () => {
    const { body, dropped } = encode({ reasoning: { effort: 'none' } })
    expect(body).not.toHaveProperty('reasoning_effort')
    expect(dropped).toEqual(['thinking'])
  })
})

describe('the system prompt', () => {
  it('is one message at the head', () => {
    const turns = [system(text('a'), text('b')), system(text('c')), user(text('d'))]
    expect(messagesOf(turns)).toEqual([
      { role: 'system', content: 'a\n\nb\n\nc' },
      { role: 'user', content: 'd' },
    ])
  })

  it('stays where it stands in the middle', () => {
    const turns = [user(text('a')), assistant(text('b')), system(text('c')), user(text('d'))]
    expect(messagesOf(turns)).toEqual([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'system', content: 'c' },
      { role: 'user', content: 'd' },
    ])
  })

  it('loses the line that is for another vendor only', () => {
    const header = text('x-anthropic-billing-header: cc_version=2.1; cch=a1b2;')
    expect(messagesOf([system(header, text('a')), user(text('b'))])).toEqual([
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b' },
    ])
    expect(messagesOf([system(header), user(text('b'))])).toHaveLength(1)
  })
})

describe("a user's turn", () => {
  it('is a string where it is all text', () => {
    expect(messagesOf([user(text('a'), text('b'))])).toEqual([{ role: 'user', content: 'a\n\nb' }])
  })

  it('is a list of parts where it is more', () => {
    const turn = user(
      text('a'),
      IMAGE,
      { kind: 'image', source: { kind: 'url', url: 'https://a.example/b.png' }, detail: 'low' },
      PDF,
      { kind: 'audio', data: 'UklG', format: 'wav' },
      { kind: 'file', source: { kind: 'upload', id: 'file_1', protocol: 'openai-chat' } },
    )
    expect(messagesOf([turn])).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          IMAGE_URL,
          { type: 'image_url', image_url: { url: 'https://a.example/b.png', detail: 'low' } },
          PDF_FILE,
          { type: 'input_audio', input_audio: { data: 'UklG', format: 'wav' } },
          { type: 'file', file: { file_id: 'file_1' } },
        ],
      },
    ])
  })

  it('holds documents of plain text as text', () => {
    const plain: Part = { kind: 'file', source: { kind: 'text', text: 'b' }, name: 'A' }
    const encoded: Part = {
      kind: 'file',
      source: { kind: 'base64', mediaType: 'text/plain', data: 'w7Y=' },
    }
    expect(messagesOf([user(plain, encoded)])).toEqual([{ role: 'user', content: 'A\n\nb\n\nö' }])
  })

  it('loses what only another vendor can read, and says so', () => {
    const turn = user(
      text('a'),
      { kind: 'native', protocol: 'anthropic-messages', value: { type: 'container_upload' } },
      { kind: 'image', source: { kind: 'upload', id: 'f', protocol: 'anthropic-messages' } },
    )
    const { body, dropped } = encode({ turns: [turn] })
    expect(body.messages).toEqual([{ role: 'user', content: 'a' }])
    expect(dropped).toEqual(['container_upload', 'file_id'])
  })

  it('gives back what only this protocol knows', () => {
    const value = { type: 'invented', value: 1 }
    const turns = [user(text('a'), { kind: 'native', protocol: 'openai-chat', value })]
    const { body } = encodeRequest(request({ turns }), TARGET)
    expect(body.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'a' }, value] }])
  })
})

const send = (part: Part, provider: string) =>
  encodeRequest(request({ turns: [user(text('a')), assistant(part, text('b'))] }), {
    ...TARGET,
    provider,
  })

describe("an assistant's turn", () => {
  it('holds text, refusal and calls', () => {
    const turns = [
      user(text('a')),
      assistant(text('b'), text('c'), { kind: 'refusal', text: 'd' }, call('1'), call('2')),
      results(result('1', text('e')), result('2')),
    ]
    expect(messagesOf(turns, [TOOL])).toEqual([
      { role: 'user', content: 'a' },
      {
        role: 'assistant',
        content: 'bc',
        refusal: 'd',
        tool_calls: [
          { id: '1', type: 'function', function: { name: 'weather', arguments: '{}' } },
          { id: '2', type: 'function', function: { name: 'weather', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: '1', content: 'e' },
      { role: 'tool', tool_call_id: '2', content: '' },
    ])
  })

  it('without words has content null beside calls, and empty content else', () => {
    const [, silent] = messagesOf([
      user(text('a')),
      assistant(call('1')),
      results(result('1')),
    ]) as JsonObject[]
    expect(silent).toHaveProperty('content', null)
    const turns = [user(text('a')), assistant(thought('c2ln')), user(text('b'))]
    expect(messagesOf(turns)).toContainEqual({
      role: 'assistant',
      content: '',
    })
  })

  it('that comes in several turns is one', () => {
    const turns = [
      user(text('a')),
      assistant(text('b')),
      assistant(call('1')),
      results(result('1')),
    ]
    expect(messagesOf(turns)).toHaveLength(3)
  })

  it.each([
    [true, { id: '2', type: 'custom', custom: { name: 'patch', input: 'text' } }],
    [
      undefined,
      { id: '2', type: 'function', function: { name: 'patch', arguments: '{"input":"text"}' } },
    ],
  ])('writes freeform calls as the target knows them (custom: %j)', (takesFreeformTools, call2) => {
    const freeform: Part = {
      kind: 'tool-call',
      id: '2',
      name: 'patch',
      arguments: 'text',
      freeform: true,
    }
    const turns = [
      user(text('a')),
      assistant(call('1', 'weather', ''), freeform),
      results(result('1'), result('2')),
    ]
    const target = takesFreeformTools === undefined ? {} : { takesFreeformTools }
    expect(encode({ turns }, target).body.messages).toMatchObject([
      {},
      // Empty arguments are an empty object.
      { tool_calls: [{ function: { arguments: '{}' } }, call2] },
      { role: 'tool', tool_call_id: '1' },
      { role: 'tool', tool_call_id: '2' },
    ])
  })

  it('gives thoughts back to the provider that they came from, and to no other', () => {
    const own = send(thought('sluice.deepseek.chatcmpl-1'), 'deepseek')
    expect(own.body.messages).toContainEqual({
      role: 'assistant',
      content: 'b',
      reasoning_content: 'Hm.',
    })
    expect(own.dropped).toEqual([])
    for (const part of [
      thought('sluice.other.chatcmpl-1'),
      thought('c2lnbmVkIGJ5IEFudGhyb3BpYw=='),
      thought(),
      { kind: 'reasoning', text: '', redacted: 'sealed' } as const,
    ]) {
      const { body, dropped } = send(part, 'deepseek')
      expect(body.messages).toContainEqual({ role: 'assistant', content: 'b' })
      expect(dropped).toEqual(['thinking'])
    }
  })
})

describe('tool results', () => {
  it('follow their calls directly, whatever stood between', () => {
    const turns = [
      user(text('a')),
      assistant(call('1'), call('2')),
      system(text('b')),
      user(text('c')),
      results(result('2', text('e')), result('1', text('d'))),
      user(text('f')),
    ]
    expect(messagesOf(turns)).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      { role: 'tool', tool_call_id: '1', content: 'd' },
      { role: 'tool', tool_call_id: '2', content: 'e' },
      { role: 'system', content: 'b' },
      { role: 'user', content: 'c' },
      { role: 'user', content: 'f' },
    ])
  })

  it('find the nearest call where an id is used again', () => {
    const turns = [
      user(text('a')),
      assistant(call('1')),
      results(result('1', text('first'))),
      assistant(call('1')),
      results(result('1', text('second'))),
    ]
    expect(messagesOf(turns)).toMatchObject([
      {},
      {},
      { content: 'first' },
      {},
      { content: 'second' },
    ])
  })

  it('that failed say so', () => {
    const failed: Part = { kind: 'tool-result', callId: '1', parts: [text('no')], isError: true }
    const turns = [user(text('a')), assistant(call('1')), results(failed)]
    expect(messagesOf(turns)).toContainEqual({
      role: 'tool',
      tool_call_id: '1',
      content: 'Error: no',
    })
  })

  it('hand their images and files over to the user, behind all results', () => {
    const turns = [
      user(text('a')),
      assistant(call('1'), call('2')),
      results(result('1', text('b'), IMAGE), result('2', PDF)),
      user(text('c')),
    ]
    expect(messagesOf(turns)).toMatchObject([
      {},
      {},
      { role: 'tool', tool_call_id: '1', content: 'b' },
      { role: 'tool', tool_call_id: '2', content: 'The result is in the next message.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the result of the tool call 1:' },
          IMAGE_URL,
          { type: 'text', text: 'From the result of the tool call 2:' },
          PDF_FILE,
          { type: 'text', text: 'c' },
        ],
      },
    ])
  })

  it('hand them over though no user speaks next', () => {
    const turns = [
      user(text('a')),
      assistant(call('1')),
      results(result('1', IMAGE)),
      assistant(text('b')),
    ]
    expect(messagesOf(turns)).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      { role: 'tool' },
      { role: 'user' },
      { role: 'assistant' },
    ])
  })

  it('have ids of at most 40 characters, the same as their calls', () => {
    const id = 'toolu_'.padEnd(70, 'x')
    const [, made, answered] = messagesOf([
      user(text('a')),
      assistant(call(id)),
      results(result(id)),
    ]) as { tool_calls: { id: string }[]; tool_call_id: string }[]
    expect(answered?.tool_call_id).toHaveLength(29)
    expect(made?.tool_calls[0]?.id).toBe(answered?.tool_call_id)
  })
})

const functionsOf = (tools: readonly Tool[], more: Partial<ModelRequest> = {}) =>
  (encode({ tools, ...more }).body.tools as { function: JsonObject }[] | undefined)?.map(
    (tool) => tool.function,
  )

const strictOf = (schema: unknown, strict: boolean) => {
  const tools: Tool[] = [{ kind: 'function', name: 'a', schema, strict }]
  const { body, dropped } = encode({ tools })
  return [(body.tools as { function: JsonObject }[])[0]?.function.strict, dropped]
}

describe('tools', () => {
  it('are functions with a description and a schema', () => {
    expect(functionsOf([TOOL])).toEqual([{ name: 'weather', description: 'W', parameters: SCHEMA }])
  })

  it('that are none are not spoken of, nor is any choice among them', () => {
    const { body } = encode({
      tools: [],
      toolChoice: { mode: 'auto' },
      parallelToolCalls: false,
    })
    expect(Object.keys(body)).toEqual(['model', 'messages', 'stream'])
  })

  it('have a schema that the vendor takes', () => {
    const nested = {
      type: 'object',
      properties: { list: { type: 'array' }, deep: { anyOf: [{ type: ['array', 'null'] }] } },
    }
    expect(
      functionsOf([
        { kind: 'function', name: 'a' },
        { kind: 'function', name: 'b', schema: { type: 'object' } },
        { kind: 'function', name: 'c', schema: nested },
      ])?.map(({ parameters }) => parameters),
    ).toEqual([
      { type: 'object', properties: {} },
      { type: 'object', properties: {} },
      {
        type: 'object',
        properties: {
          list: { type: 'array', items: {} },
          deep: { anyOf: [{ type: ['array', 'null'], items: {} }] },
        },
      },
    ])
  })

  it('are strict where they can be', () => {
    const closed = { ...SCHEMA, required: ['city'], additionalProperties: false }
    expect(strictOf(closed, true)).toEqual([true, []])
    expect(strictOf(SCHEMA, true)).toEqual([false, ['strict']])
    expect(strictOf(SCHEMA, false)).toEqual([false, []])
  })

  it('with a long name are sent under a shorter one, which the answer gives back', () => {
    const name = 'mcp__a_server_with_a_long_name__'.padEnd(100, 'x')
    const { body, undo } = encode({
      tools: [{ kind: 'function', name }],
      toolChoice: { mode: 'named', name },
      turns: [user(text('a')), assistant(call('1', name)), results(result('1'))],
    })
    const [[short, own] = []] = undo.toolNames
    expect(own).toBe(name)
    expect(short).toMatch(/^mcp__a_server_with_a_long_name__x*_[0-9a-f]{12}$/)
    expect(body).toMatchObject({
      tools: [{ function: { name: short } }],
      tool_choice: { type: 'function', function: { name: short } },
      messages: [{}, { tool_calls: [{ function: { name: short } }] }, {}],
    })
  })

  it('that another vendor runs are left out and named, and so is their choice', () => {
    const search: Tool = {
      kind: 'native',
      protocol: 'anthropic-messages',
      name: 'web_search',
      value: { type: 'web_search_20250305', name: 'web_search' },
    }
    const { body, dropped } = encode({
      tools: [search, TOOL],
      toolChoice: { mode: 'named', name: 'web_search' },
    })
    expect(body.tools).toHaveLength(1)
    expect(body).not.toHaveProperty('tool_choice')
    expect(dropped).toEqual(['tools.web_search', 'tool_choice'])
  })

  const PATCH: Tool = {
    kind: 'freeform',
    name: 'patch',
    description: 'P',
    format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "a"' } },
  }

  it('that are freeform are functions with one text, where the target knows no others', () => {
    const { body, undo } = encode({
      tools: [TOOL, PATCH],
      toolChoice: { mode: 'named', name: 'patch' },
    })
    expect(body.tools).toMatchObject([
      { function: { name: 'weather' } },
      {
        type: 'function',
        function: {
          name: 'patch',
          description: 'P\n\nThe input follows this lark grammar:\nstart: "a"',
          parameters: { properties: { input: { type: 'string' } }, required: ['input'] },
        },
      },
    ])
    expect(body.tool_choice).toEqual({ type: 'function', function: { name: 'patch' } })
    expect(undo.freeformTools).toEqual(new Set(['patch']))
  })

  it('that are freeform keep their grammar where the target knows such tools', () => {
    const { format } = PATCH
    const { body, undo } = encode(
      { tools: [PATCH], toolChoice: { mode: 'named', name: 'patch' } },
      { takesFreeformTools: true },
    )
    expect(undo.freeformTools).toEqual(new Set())
    expect(body).toMatchObject({
      tools: [{ type: 'custom', custom: { name: 'patch', description: 'P', format } }],
      tool_choice: { type: 'custom', custom: { name: 'patch' } },
    })
  })

  it('that are deferred are unknown until they are found', () => {
    const deferred: Tool = { ...TOOL, name: 'hidden', deferred: true }
    const found: Part = { kind: 'tool-reference', name: 'hidden' }
    const search = [
      user(text('a')),
      assistant(call('1')),
      results(result('1', found)),
      user(text('b')),
    ]
    const names = (turns?: Turn[]) =>
      functionsOf([TOOL, deferred], turns && { turns })?.map(({ name }) => name)
    expect(names()).toEqual(['weather'])
    expect(names(search)).toEqual(['weather', 'hidden'])
    expect(messagesOf(search)).toContainEqual({
      role: 'tool',
      tool_call_id: '1',
      content: 'The tool hidden is loaded.',
    })
  })

  it('that are deferred are all known where the vendor would have searched', () => {
    const search: Tool = {
      kind: 'native',
      protocol: 'anthropic-messages',
      name: 'tool_search_tool_regex',
      value: { type: 'tool_search_tool_regex_20251119', name: 'tool_search_tool_regex' },
    }
    expect(functionsOf([search, { ...TOOL, deferred: true }])).toHaveLength(1)
  })

  it.each<[NonNullable<ModelRequest['toolChoice']>, unknown]>([
    [{ mode: 'auto' }, 'auto'],
    [{ mode: 'none' }, 'none'],
    [{ mode: 'required' }, 'required'],
    [
      { mode: 'named', name: 'weather' },
      { type: 'function', function: { name: 'weather' } },
    ],
    [
      { mode: 'allowed', names: ['weather', 'gone'], required: true },
      {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'required',
          tools: [{ type: 'function', function: { name: 'weather' } }],
        },
      },
    ],
  ])('may be chosen: %j', (toolChoice, wire) => {
    expect(encode({ tools: [TOOL], toolChoice }).body.tool_choice).toEqual(wire)
  })

  it('may be called one at a time', () => {
    const { body } = encode({ tools: [TOOL], parallelToolCalls: false })
    expect(body.parallel_tool_calls).toBe(false)
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

  it('may be a schema, strict where it can be', () => {
    const closed = { ...SCHEMA, required: ['city'], additionalProperties: false }
    expect(formatOf(closed)).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', schema: closed, strict: true },
    })
    expect(formatOf(SCHEMA)).toMatchObject({ json_schema: { schema: SCHEMA, strict: false } })
  })
})
