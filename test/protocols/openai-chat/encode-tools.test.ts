/** Tools as a chat upstream gets them. Each request is shown to an upstream as strict as OpenAI. */
import { describe, expect, it } from 'vitest'
import type { JsonObject, ModelRequest, Part, Tool, Turn } from '#model'
import {
  assistant,
  call,
  encode,
  messagesOf,
  result,
  results,
  SCHEMA,
  text,
  TOOL,
  user,
} from '../../tools/protocols/openai-chat/encode-strictly.ts'

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

  it('are omitted if there are none, and so is the tool choice', () => {
    const { body } = encode({
      tools: [],
      toolChoice: { mode: 'auto' },
      parallelToolCalls: false,
    })
    expect(Object.keys(body)).toEqual(['model', 'messages', 'stream'])
  })

  it('have a schema that the vendor accepts', () => {
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

  it('are strict if possible', () => {
    const closed = { ...SCHEMA, required: ['city'], additionalProperties: false }
    expect(strictOf(closed, true)).toEqual([true, []])
    expect(strictOf(SCHEMA, true)).toEqual([false, ['strict']])
    expect(strictOf(SCHEMA, false)).toEqual([false, []])
  })

  it('with a long name are sent under a shorter one, which the answer reverses', () => {
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

  it('that another vendor runs are omitted and named, and so is their choice', () => {
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

  it('that are freeform are functions with one text, if the target supports no others', () => {
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

  it('that are freeform keep their grammar if the target supports such tools', () => {
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

  it('that are deferred are omitted until they are found', () => {
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

  it.each([
    ['anthropic-messages', 'tool_search_tool_regex_20251119', 'tool_search_tool_regex'],
    ['openai-responses', 'tool_search', 'tool_search'],
  ] as const)('of %s that are deferred are all sent if it searches', (protocol, type, name) => {
    const search: Tool = { kind: 'native', protocol, name, value: { type, name } }
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
