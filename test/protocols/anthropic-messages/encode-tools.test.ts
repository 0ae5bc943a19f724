/** Tools as a Messages upstream gets them. */
import { describe, expect, it } from 'vitest'
import { say, write } from '../../tools/protocols/anthropic-messages/write-request.ts'

describe('tools', () => {
  it('declare that their input is an object', () => {
    const { body } = write({
      tools: [
        { kind: 'function', name: 'bare' },
        { kind: 'function', name: 'untyped', schema: { properties: {} }, strict: true },
      ],
    })
    expect(body.tools).toEqual([
      { name: 'bare', input_schema: { type: 'object', properties: {} } },
      {
        name: 'untyped',
        input_schema: { type: 'object', properties: {}, additionalProperties: false },
        strict: true,
      },
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

  it('include their grammar, by name if it has one', () => {
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

  it('take text as a field of an object if they are freeform', () => {
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

  it('of another vendor are omitted, and named', () => {
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

  it('are offered in part if only some are allowed', () => {
    const { body } = write({
      tools,
      toolChoice: { mode: 'allowed', names: ['b'], required: true },
    })
    expect(body.tools).toMatchObject([{ name: 'b' }])
    expect(body.tool_choice).toEqual({ type: 'any' })
  })
})
