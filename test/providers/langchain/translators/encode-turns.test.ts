/** What a LangChain model is given of a conversation, and of tools. */
import { coerceMessageLikeToMessage } from '@langchain/core/messages'
import { describe, expect, it } from 'vitest'
import type { ModelRequest, Part, Turn } from '#model'
import type { ChatModel } from '../../../../src/providers/langchain/models/chat-model.ts'
import { prepare } from '../../../../src/providers/langchain/prepare.ts'
import { encodeTurns } from '../../../../src/providers/langchain/translators/encode-turns.ts'
import { encodeTools } from '../../../../src/providers/langchain/translators/encode-tools.ts'

const text = (words: string): Part => ({ kind: 'text', text: words })
const user = (...parts: Part[]): Turn => ({ role: 'user', parts })
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts })
const calls = (id: string, words = '{}', freeform = false): Part => ({
  kind: 'tool-call',
  id,
  name: 'look',
  arguments: words,
  freeform,
})

const convert = (turns: readonly Turn[], className = 'ChatSomething') => {
  const dropped: string[] = []
  const drop = (name: string) => void dropped.push(name)
  const messages = encodeTurns(turns, { drop, toName: (name) => name, className })
  // LangChain itself takes them.
  for (const message of messages)
    expect(coerceMessageLikeToMessage(message as never).type).toBe(message.role)
  return { messages, dropped }
}

describe('a conversation', () => {
  it('has one system message at its head, and reminders after it', () => {
    const { messages } = convert([
      { role: 'system', parts: [text('One.')] },
      { role: 'system', parts: [text('Two.')] },
      user(text('Hello')),
      { role: 'system', parts: [text('Three.')] },
    ])
    expect(messages).toEqual([
      { role: 'system', content: 'One.\n\nTwo.' },
      { role: 'human', content: 'Hello\n\n<system-reminder>\nThree.\n</system-reminder>' },
    ])
  })

  it('sends its last system message as the user’s if there is no other', () => {
    const { messages } = convert([
      { role: 'system', parts: [text('One.')] },
      { role: 'system', parts: [text('Two.')] },
    ])
    expect(messages).toEqual([
      { role: 'system', content: 'One.' },
      { role: 'human', content: 'Two.' },
    ])
  })

  it('has images, files and sounds as blocks', () => {
    const { messages, dropped } = convert([
      user(
        text('See'),
        { kind: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } },
        { kind: 'file', source: { kind: 'base64', mediaType: 'application/pdf', data: 'BBBB' } },
        { kind: 'file', name: 'a.txt', source: { kind: 'text', text: 'plain' } },
        { kind: 'audio', data: 'CCCC', format: 'wav' },
        { kind: 'image', source: { kind: 'upload', id: 'file_1', protocol: 'openai-chat' } },
      ),
    ])
    expect(messages).toEqual([
      {
        role: 'human',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          {
            type: 'file',
            source_type: 'base64',
            mime_type: 'application/pdf',
            data: 'BBBB',
            metadata: { filename: 'document.pdf' },
          },
          { type: 'text', text: 'a.txt\n\nplain' },
          { type: 'audio', source_type: 'base64', mime_type: 'audio/wav', data: 'CCCC' },
        ],
      },
    ])
    expect(dropped).toEqual(['file_id'])
  })

  it('has calls with their arguments as objects, in any form', () => {
    const { messages } = convert([
      user(text('Go')),
      assistant(calls('a', '{"x":1}'), calls('b', ''), calls('c', '{"x'), calls('d', 'raw', true)),
    ])
    const toCall = (id: string, args: object) => ({ type: 'tool_call', id, name: 'look', args })
    expect(messages[1]).toEqual({
      role: 'ai',
      content: '',
      tool_calls: [
        toCall('a', { x: 1 }),
        toCall('b', {}),
        toCall('c', { input: '{"x' }),
        toCall('d', { input: 'raw' }),
      ],
    })
  })

  it('has results after their calls, failures as text, and images after the results', () => {
    const image: Part = { kind: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } }
    const { messages } = convert([
      user(text('Go')),
      assistant(calls('a'), calls('b')),
      {
        role: 'tool',
        parts: [
          { kind: 'tool-result', callId: 'b', parts: [image] },
          { kind: 'tool-result', callId: 'a', parts: [text('gone')], isError: true },
        ],
      },
      user(text('Well?')),
    ])
    expect(messages.slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'a', content: 'Error: gone', status: 'error' },
      {
        role: 'tool',
        tool_call_id: 'b',
        content: 'The result is in the next message.',
        status: 'success',
      },
      {
        role: 'human',
        content: [
          { type: 'text', text: 'From the result of b:' },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
          { type: 'text', text: 'Well?' },
        ],
      },
    ])
  })

  it('sends reasoning back to a class that signs it, and to no other', () => {
    const turns = [
      user(text('Go')),
      assistant(
        { kind: 'reasoning', text: 'Hm', signature: 'proof' },
        { kind: 'reasoning', text: 'Foreign', signature: 'sluice.openai.1' },
        text('Yes'),
      ),
    ]
    const signed = convert(turns, 'ChatAnthropic')
    expect(signed.messages[1]).toEqual({
      role: 'ai',
      content: [
        { type: 'thinking', thinking: 'Hm', signature: 'proof' },
        { type: 'text', text: 'Yes' },
      ],
    })
    expect(signed.dropped).toEqual(['thinking'])
    expect(convert(turns).messages[1]).toEqual({ role: 'ai', content: 'Yes' })
  })
})

const request = (more: Partial<ModelRequest>): ModelRequest => ({
  model: 'm',
  stream: false,
  turns: [user(text('Hello'))],
  tools: [
    { kind: 'function', name: 'look', schema: { type: 'object' } },
    {
      kind: 'freeform',
      name: 'patch',
      format: { grammar: { syntax: 'lark', definition: 'a: b' } },
    },
  ],
  ...more,
})

const bind = (more: Partial<ModelRequest>, takesFormat = false) => {
  const dropped: string[] = []
  const drop = (name: string) => void dropped.push(name)
  const bound = encodeTools(request(more), { drop, toName: (name) => name, takesFormat })
  const names = bound.tools.map((tool) => (tool.function as { name: string }).name)
  return { ...bound, names, dropped }
}

describe('tools', () => {
  it('are functions, including freeform ones', () => {
    const { tools, freeform } = bind({})
    expect(tools).toMatchObject([
      { function: { name: 'look', parameters: { type: 'object', properties: {} } } },
      {
        function: {
          name: 'patch',
          description: expect.stringContaining('a: b'),
          parameters: { required: ['input'] },
        },
      },
    ])
    expect([...freeform]).toEqual(['patch'])
  })

  it.each([
    [{ mode: 'auto' }, 'auto', 2],
    [{ mode: 'required' }, 'any', 2],
    [{ mode: 'named', name: 'look' }, 'look', 2],
    [{ mode: 'allowed', names: ['look'], required: true }, 'any', 1],
    [{ mode: 'allowed', names: ['look'], required: false }, 'auto', 1],
    [{ mode: 'none' }, undefined, 0],
  ] as const)('are chosen by %o', (toolChoice, word, count) => {
    const bound = bind({ toolChoice })
    expect([bound.toolChoice, bound.tools.length]).toEqual([word, count])
  })

  it('stay declared if one was called before, although none may be called now', () => {
    const turns = [user(text('Go')), assistant(calls('a'))]
    const bound = bind({ turns, toolChoice: { mode: 'none' } })
    expect([bound.toolChoice, bound.tools.length]).toEqual(['none', 2])
  })

  it('of a vendor are omitted, and named', () => {
    const native = {
      kind: 'native',
      protocol: 'openai-chat',
      name: 'web_search',
      value: {},
    } as const
    expect(bind({ tools: [native] })).toMatchObject({ tools: [], dropped: ['tools.web_search'] })
  })

  it('replace an answer in a schema', () => {
    const answerFormat = { kind: 'json-schema', schema: { type: 'object' } } as const
    expect(bind({ answerFormat, tools: [] })).toMatchObject({
      names: ['answer'],
      toolChoice: 'answer',
      answerTool: 'answer',
    })
    expect(bind({ answerFormat })).toMatchObject({
      names: ['look', 'patch', 'answer'],
      toolChoice: 'any',
    })
    expect(bind({ answerFormat }, true).answerTool).toBeUndefined()
  })

  it('are refused, with the field named, for a model that cannot call them', () => {
    const model = {} as ChatModel
    expect(() => prepare(request({}), model, String, () => undefined)).toThrow(
      expect.objectContaining({ code: 'invalid_request', param: 'tools' }),
    )
  })
})
