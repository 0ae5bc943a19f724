import { describe, expect, it } from 'vitest'
import type { Effort, ModelRequest, Part, Turn } from '#model'
import { decodeRequest, encodeRequest, request, TARGET } from './codec.ts'

const write = (fields: Partial<ModelRequest>, traits: Partial<typeof TARGET> = {}) =>
  encodeRequest(request(fields), { ...TARGET, ...traits })

const messagesOf = (...turns: readonly Turn[]) => write({ turns }).body.messages

const say = (role: Turn['role'], ...parts: readonly (string | Part)[]): Turn => ({
  role,
  parts: parts.map((part) => (typeof part === 'string' ? { kind: 'text', text: part } : part)),
})

const call = (id: string): Part => ({ kind: 'tool-call', id, name: 'run', arguments: '{"a":1}' })
const result = (callId: string, ...parts: readonly Part[]): Part => ({
  kind: 'tool-result',
  callId,
  parts,
})
const text = (value: string) => ({ type: 'text', text: value })
const toolUse = (id: string) => ({ type: 'tool_use', id, name: 'run', input: { a: 1 } })
const toolResult = (id: string) => ({ type: 'tool_result', tool_use_id: id })

const ADAPTIVE = { thinking: 'adaptive', maxOutputTokens: 128_000 } as const

describe('the conversation', () => {
  it('takes system turns at the head for the system prompt, and leaves later ones in place', () => {
    const turns = [say('system', 'A'), say('system', 'B'), say('user', 'Hi'), say('system', 'C')]
    const { body } = write({ turns }, { takesSystemTurns: true })
    expect(body.system).toEqual([text('A'), text('B')])
    expect(body.messages).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'system', content: [text('C')] },
    ])
  })

  it('makes later ones reminders by the user, where the model knows no other place', () => {
    const reminder = text('<system-reminder>\nC\n</system-reminder>')
    expect(messagesOf(say('user', 'Hi'), say('system', 'C'))).toEqual([
      { role: 'user', content: [text('Hi'), reminder] },
    ])
  })

  it('makes them reminders, too, where the vendor lets none stand', () => {
    const turns = [
      say('user', 'Hi'),
      say('system', 'A'),
      say('user', 'You?'),
      say('system', 'B'),
      say('assistant', 'Yes.'),
      say('system', 'C'),
    ]
    expect(write({ turns }, { takesSystemTurns: true }).body.messages).toEqual([
      {
        role: 'user',
        content: [text('Hi'), text('<system-reminder>\nA\n</system-reminder>'), text('You?')],
      },
      { role: 'system', content: [text('B')] },
      { role: 'assistant', content: [text('Yes.')] },
      { role: 'user', content: [text('<system-reminder>\nC\n</system-reminder>')] },
    ])
  })

  it('asks what the system prompt says where nothing else is said', () => {
    expect(messagesOf(say('system', 'Write a poem.'))).toEqual([
      { role: 'user', content: [text('Write a poem.')] },
    ])
  })

  it('gives all results first, in one message, with the words behind them', () => {
    expect(
      messagesOf(
        say('user', 'Hi'),
        say('assistant', call('a'), call('b')),
        say('tool', result('a')),
        say('tool', result('b')),
        say('user', 'Go on.'),
        say('user', 'Quickly.'),
      ),
    ).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'assistant', content: [toolUse('a'), toolUse('b')] },
      {
        role: 'user',
        content: [toolResult('a'), toolResult('b'), text('Go on.'), text('Quickly.')],
      },
    ])
  })

  it('puts results directly behind their calls, whatever came between', () => {
    expect(
      messagesOf(
        say('user', 'Hi'),
        say('assistant', call('a')),
        say('assistant', call('b')),
        say('system', 'Note.'),
        say('user', 'Wait.'),
        say('tool', result('b')),
        say('tool', result('a')),
      ),
    ).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'assistant', content: [toolUse('a'), toolUse('b')] },
      {
        role: 'user',
        content: [
          toolResult('a'),
          toolResult('b'),
          text('<system-reminder>\nNote.\n</system-reminder>'),
          text('Wait.'),
        ],
      },
    ])
  })

  it('tells apart calls that share an id, as small models write them', () => {
    expect(
      messagesOf(
        say('user', 'Hi'),
        say('assistant', call('call_0')),
        say('tool', result('call_0')),
        say('assistant', call('call_0')),
        say('tool', result('call_0')),
      ),
    ).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'assistant', content: [toolUse('call_0')] },
      { role: 'user', content: [toolResult('call_0')] },
      { role: 'assistant', content: [toolUse('call_0_2')] },
      { role: 'user', content: [toolResult('call_0_2')] },
    ])
  })

  it('maps ids that are not allowed, the same for call and result', () => {
    const messages = messagesOf(
      say('user', 'Hi'),
      say('assistant', call('functions.run:0')),
      say('tool', result('functions.run:0')),
    ) as { content: { id?: string; tool_use_id?: string }[] }[]
    const id = messages[1]?.content[0]?.id
    expect(id).toMatch(/^toolu_[a-zA-Z0-9_-]{24}$/)
    expect(messages[2]?.content[0]?.tool_use_id).toBe(id)
  })

  it('drops texts of white space, turns that are left empty, and space at the very end', () => {
    expect(
      messagesOf(say('user', ' ', 'Hi'), say('user', '\n'), say('assistant', 'I think \n')),
    ).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'assistant', content: [text('I think')] },
    ])
  })

  it('shows arguments that are no object in the only form that is allowed', () => {
    const inputs = ['', '{}', '[1]', '{"cut'].map((json) => {
      const messages = messagesOf(
        say('user', 'Hi'),
        say('assistant', { kind: 'tool-call', id: 'a', name: 'run', arguments: json }),
      ) as { content: { input: unknown }[] }[]
      return messages[1]?.content[0]?.input
    })
    expect(inputs).toEqual([{}, {}, { arguments: '[1]' }, { arguments: '{"cut' }])
  })

  it('carries images, documents, marks and errors of results', () => {
    const png = { kind: 'base64', mediaType: 'image/png', data: 'aGk=' } as const
    expect(
      messagesOf(
        say(
          'user',
          { kind: 'image', source: png, detail: 'low', cacheControl: { type: 'ephemeral' } },
          { kind: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } },
          { kind: 'file', source: { ...png, mediaType: 'application/pdf' }, name: 'a.pdf' },
          { kind: 'file', source: { ...png, mediaType: 'text/csv' } },
          { kind: 'file', source: { kind: 'text', text: 'B' } },
        ),
        say('assistant', call('a')),
        say('tool', {
          kind: 'tool-result',
          callId: 'a',
          parts: [
            { kind: 'text', text: 'failed' },
            { kind: 'image', source: png },
          ],
          isError: true,
        }),
      ),
    ).toEqual([
      {
        role: 'user',
        content: [
          {
            type: 'image',
            source: { type: 'base64', media_type: 'image/png', data: 'aGk=' },
            cache_control: { type: 'ephemeral' },
          },
          { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
          {
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: 'aGk=' },
            title: 'a.pdf',
          },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' } },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'B' } },
        ],
      },
      { role: 'assistant', content: [toolUse('a')] },
      {
        role: 'user',
        content: [
          {
            ...toolResult('a'),
            content: [
              text('failed'),
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
            ],
            is_error: true,
          },
        ],
      },
    ])
  })

  it('refuses sound, which the vendor cannot hear', () => {
    expect(() => messagesOf(say('user', { kind: 'audio', data: '', format: 'wav' }))).toThrow(
      'does not take audio',
    )
  })

  it('gives thoughts back to who signed them, and to nobody else', () => {
    const { body, dropped } = write({
      turns: [
        say('user', 'Hi'),
        say(
          'assistant',
          { kind: 'reasoning', text: 'Signed.', signature: 'Er1' },
          { kind: 'reasoning', text: '', signature: 'Er2' },
          { kind: 'reasoning', text: '', redacted: 'Em1' },
          { kind: 'reasoning', text: 'Unsigned.' },
          { kind: 'reasoning', text: 'Foreign.', signature: 'sluice.deepseek.chatcmpl-1' },
          'Hello.',
        ),
      ],
    })
    expect(body.messages).toEqual([
      { role: 'user', content: [text('Hi')] },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'Signed.', signature: 'Er1' },
          { type: 'thinking', thinking: '', signature: 'Er2' },
          { type: 'redacted_thinking', data: 'Em1' },
          text('Hello.'),
        ],
      },
    ])
    expect(dropped).toEqual(['reasoning_content'])
  })

  it('leaves out blocks that another protocol invented, and names them', () => {
    const { body, dropped } = write({
      turns: [
        say('user', 'Hi', {
          kind: 'native',
          protocol: 'openai-chat',
          value: { type: 'input_scent' },
        }),
      ],
    })
    expect(body.messages).toEqual([{ role: 'user', content: [text('Hi')] }])
    expect(dropped).toEqual(['input_scent'])
  })

  it('gives blocks of its own protocol back as they came', () => {
    const block = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }
    expect(
      messagesOf(
        say('user', 'Hi'),
        say('assistant', { kind: 'native', protocol: 'anthropic-messages', value: block }),
      ),
    ).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'assistant', content: [block] },
    ])
  })
})

describe('tools', () => {
  it('say that their input is an object', () => {
    const { body } = write({
      tools: [
        { kind: 'function', name: 'bare' },
        { kind: 'function', name: 'untyped', schema: { properties: {} }, strict: true },
      ],
    })
    expect(body.tools).toEqual([
      { name: 'bare', input_schema: { type: 'object', properties: {} } },
      { name: 'untyped', input_schema: { type: 'object', properties: {} }, strict: true },
    ])
  })

  it('have names that are allowed, which the answer must undo', () => {
    const name = 'mcp.a/'.padEnd(80, 'x')
    const { body, undo } = write({
      tools: [{ kind: 'function', name }],
      toolChoice: { mode: 'named', name },
    })
    const [tool] = body.tools as [{ name: string }]
    expect(tool.name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(undo.toolNames.get(tool.name)).toBe(name)
    expect(body.tool_choice).toEqual({ type: 'tool', name: tool.name })
  })

  it('are told their grammar, by its name where it has one', () => {
    const toolsOf = (syntax: unknown) =>
      write({
        tools: [{ kind: 'freeform', name: 'x', format: { syntax, definition: 'start: "x"' } }],
        turns: [say('user', 'Hi')],
      }).body.tools
    for (const syntax of [undefined, null, 3, { toString: 1 }])
      expect(toolsOf(syntax)).toMatchObject([
        { description: 'The input follows this grammar:\nstart: "x"' },
      ])
    expect(toolsOf('regex')).toMatchObject([
      { description: 'The input follows this regex grammar:\nstart: "x"' },
    ])
  })

  it('take text as the field of an object where they are freeform', () => {
    const { body, undo } = write({
      tools: [
        {
          kind: 'freeform',
          name: 'apply_patch',
          description: 'Edits.',
          format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: "x"' } },
        },
      ],
      turns: [
        say('user', 'Hi'),
        say('assistant', {
          kind: 'tool-call',
          id: 'a',
          name: 'apply_patch',
          arguments: '*** Begin',
          freeform: true,
        }),
      ],
    })
    expect(undo.freeformTools).toEqual(new Set(['apply_patch']))
    expect(body.tools).toEqual([
      {
        name: 'apply_patch',
        description: 'Edits.\n\nThe input follows this lark grammar:\nstart: "x"',
        input_schema: {
          type: 'object',
          properties: { input: { type: 'string' } },
          required: ['input'],
          additionalProperties: false,
        },
      },
    ])
    expect(body.messages).toMatchObject([{}, { content: [{ input: { input: '*** Begin' } }] }])
  })

  it('of another vendor are left out, and named', () => {
    const { body, dropped } = write({
      tools: [{ kind: 'native', protocol: 'openai-responses', name: 'web_search', value: {} }],
      toolChoice: { mode: 'required' },
    })
    expect(body).not.toHaveProperty('tools')
    expect(body).not.toHaveProperty('tool_choice')
    expect(dropped).toEqual(['tools.web_search'])
  })

  const tools = [
    { kind: 'function', name: 'a' },
    { kind: 'function', name: 'b' },
  ] as const

  it.each([
    [{ toolChoice: { mode: 'auto' } }, { type: 'auto' }],
    [{ toolChoice: { mode: 'required' } }, { type: 'any' }],
    [{ toolChoice: { mode: 'none' }, parallelToolCalls: false }, { type: 'none' }],
    [{ toolChoice: { mode: 'named', name: 'a' } }, { type: 'tool', name: 'a' }],
    [{ parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    [{ parallelToolCalls: true }, undefined],
    [
      { toolChoice: { mode: 'required' }, parallelToolCalls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
  ] as const)('are chosen by %j', (choice, expected) => {
    expect(write({ tools, ...choice }).body.tool_choice).toEqual(expected)
  })

  it('are offered in part where only some are allowed', () => {
    const { body } = write({
      tools,
      toolChoice: { mode: 'allowed', names: ['b'], required: true },
    })
    expect(body.tools).toMatchObject([{ name: 'b' }])
    expect(body.tool_choice).toEqual({ type: 'any' })
  })
})

const loop = (...parts: readonly Part[]) => [
  say('user', 'Hi'),
  say('assistant', ...parts, call('a')),
  say('tool', result('a')),
]

const think = (
  reasoning: ModelRequest['reasoning'],
  traits: Partial<typeof TARGET> = {},
  fields: Partial<ModelRequest> = {},
) => {
  const { body, dropped } = write({ ...(reasoning && { reasoning }), ...fields }, traits)
  const { thinking, output_config, max_tokens } = body
  return { thinking, output_config, max_tokens, dropped }
}

describe('thinking', () => {
  it.each([
    ['minimal', 1024],
    ['low', 2048],
    ['medium', 8192],
    ['high', 16_384],
    ['xhigh', 32_768],
  ] as const)('of effort %s is a budget of %i tokens', (effort, budget_tokens) => {
    expect(think({ effort })).toMatchObject({
      thinking: { type: 'enabled', budget_tokens },
      max_tokens: 64_000,
    })
  })

  it.each([
    [{ effort: 'high' }, 'high'],
    [{ effort: 'minimal' }, 'low'],
    [{ budgetTokens: 20_000 }, 'high'],
    [{ budgetTokens: 1024 }, 'low'],
  ] as const)('of %j is an effort where the model decides itself', (reasoning, effort) => {
    expect(think(reasoning, ADAPTIVE)).toMatchObject({
      thinking: { type: 'adaptive' },
      output_config: { effort },
    })
  })

  it('is switched off where none is wanted', () => {
    expect(think({ effort: 'none' })).toMatchObject({ thinking: { type: 'disabled' } })
    expect(think({ effort: 'none' }, { thinking: 'none' }).thinking).toBeUndefined()
  })

  it('thinks little where a model cannot be kept from it', () => {
    const target = { ...ADAPTIVE, alwaysThinks: true }
    const { body, dropped } = write({ reasoning: { effort: 'none' } }, target)
    expect(body.thinking).toBeUndefined()
    expect(body.output_config).toEqual({ effort: 'low' })
    expect(dropped).toEqual(['reasoning_effort'])
  })

  it('says the nearest effort below that the model knows', () => {
    const target = { ...ADAPTIVE, efforts: ['low', 'medium', 'high', 'max'] } as const
    const effortOf = (effort: Effort) => write({ reasoning: { effort } }, target).body.output_config
    expect(effortOf('xhigh')).toEqual({ effort: 'high' })
    expect(effortOf('max')).toEqual({ effort: 'max' })
    expect(effortOf('minimal')).toEqual({ effort: 'low' })
  })

  it('is not asked for where the model cannot, and named', () => {
    expect(think({ effort: 'high' }, { thinking: 'none' })).toMatchObject({
      thinking: undefined,
      dropped: ['reasoning_effort'],
    })
  })

  it('leaves the answer the room that was asked for', () => {
    expect(think({ effort: 'high' }, {}, { maxOutputTokens: 4000 })).toMatchObject({
      thinking: { budget_tokens: 16_384 },
      max_tokens: 20_384,
    })
  })

  it('shares what the model can write where both do not fit', () => {
    expect(think({ effort: 'high' }, { maxOutputTokens: 8192 })).toMatchObject({
      thinking: { budget_tokens: 4096 },
      max_tokens: 8192,
    })
    expect(think({ effort: 'low' }, { maxOutputTokens: 1500 })).toMatchObject({
      thinking: undefined,
      max_tokens: 1500,
      dropped: ['reasoning_effort'],
    })
  })

  it('is left out for a tool loop whose thoughts were not kept', () => {
    expect(think({ effort: 'low' }, {}, { turns: loop() })).toMatchObject({
      thinking: undefined,
      dropped: ['reasoning_effort'],
    })
    expect(think({ effort: 'low' }, ADAPTIVE, { turns: loop() }).thinking).toBeDefined()
    const signed = loop({ kind: 'reasoning', text: 'So.', signature: 'Er1' })
    expect(think({ effort: 'low' }, {}, { turns: signed }).thinking).toBeDefined()
  })

  it('drops settings that it does not go with, and names them', () => {
    const { body, dropped } = write({
      reasoning: { effort: 'low' },
      temperature: 0.2,
      topK: 3,
      tools: [{ kind: 'function', name: 'a' }],
      toolChoice: { mode: 'named', name: 'a' },
      parallelToolCalls: false,
    })
    expect(body).not.toHaveProperty('temperature')
    expect(body).not.toHaveProperty('top_k')
    expect(body.tool_choice).toEqual({ type: 'auto', disable_parallel_tool_use: true })
    expect(dropped).toEqual(['temperature', 'top_k', 'tool_choice'])
  })
})

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

  it('leave out what the target refuses, and what says nothing', () => {
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

  it('hide who the user is behind a hash of 64 characters', () => {
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
            open: { type: 'object', additionalProperties: { type: 'string' } },
          },
          $defs: { node: { type: 'object', additionalProperties: false } },
        },
      },
    })
    expect(undo.answerTool).toBeUndefined()
  })

  it('is asked for by a tool where the model knows no other way', () => {
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

  it('of no schema cannot be asked for, and is named', () => {
    const { body, dropped } = write({ answerFormat: { kind: 'json' } })
    expect(body).not.toHaveProperty('output_config')
    expect(dropped).toEqual(['response_format'])
  })
})

it('gives a request of its own protocol back', () => {
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
