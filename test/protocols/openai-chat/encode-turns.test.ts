/** Conversations as a chat upstream gets them. Each one is shown to an upstream as strict as OpenAI. */
import { describe, expect, it } from 'vitest'
import type { JsonObject, Part, Turn } from '#model'
import { encodeRequest, request, TARGET } from '../../tools/protocols/openai-chat/codec.ts'
import {
  assistant,
  call,
  encode,
  messagesOf,
  result,
  results,
  text,
  TOOL,
  user,
} from '../../tools/protocols/openai-chat/encode-strictly.ts'

const system = (...parts: Part[]): Turn => ({ role: 'system', parts })

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

describe('the system prompt', () => {
  it('is one message at the head', () => {
    const turns = [system(text('a'), text('b')), system(text('c')), user(text('d'))]
    expect(messagesOf(turns)).toEqual([
      { role: 'system', content: 'a\n\nb\n\nc' },
      { role: 'user', content: 'd' },
    ])
  })

  it('stays in place in the middle', () => {
    const turns = [user(text('a')), assistant(text('b')), system(text('c')), user(text('d'))]
    expect(messagesOf(turns)).toEqual([
      { role: 'user', content: 'a' },
      { role: 'assistant', content: 'b' },
      { role: 'system', content: 'c' },
      { role: 'user', content: 'd' },
    ])
  })

  it('loses the line for another vendor', () => {
    const header = text('x-anthropic-billing-header: cc_version=2.1; cch=a1b2;')
    expect(messagesOf([system(header, text('a')), user(text('b'))])).toEqual([
      { role: 'system', content: 'a' },
      { role: 'user', content: 'b' },
    ])
    expect(messagesOf([system(header), user(text('b'))])).toHaveLength(1)
  })
})

describe("a user's turn", () => {
  it('is a string if it is all text', () => {
    expect(messagesOf([user(text('a'), text('b'))])).toEqual([{ role: 'user', content: 'a\n\nb' }])
  })

  it('is a list of parts otherwise', () => {
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

  it('has plain-text documents as text', () => {
    const plain: Part = { kind: 'file', source: { kind: 'text', text: 'b' }, name: 'A' }
    const encoded: Part = {
      kind: 'file',
      source: { kind: 'base64', mediaType: 'text/plain', data: 'w7Y=' },
    }
    expect(messagesOf([user(plain, encoded)])).toEqual([{ role: 'user', content: 'A\n\nb\n\nö' }])
  })

  it('loses content for another vendor, and names it', () => {
    const turn = user(
      text('a'),
      { kind: 'native', protocol: 'anthropic-messages', value: { type: 'container_upload' } },
      { kind: 'image', source: { kind: 'upload', id: 'f', protocol: 'anthropic-messages' } },
    )
    const { body, dropped } = encode({ turns: [turn] })
    expect(body.messages).toEqual([{ role: 'user', content: 'a' }])
    expect(dropped).toEqual(['container_upload', 'file_id'])
  })

  it('restores content that only this protocol has', () => {
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
  it('has text, refusal and calls', () => {
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

  it('without text has null content with calls, and empty content otherwise', () => {
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

  it('in several turns is one message', () => {
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

  it('sends reasoning back only to the provider that it came from', () => {
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
  it('follow their calls directly, whatever was between', () => {
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

  it('match the nearest call if an id is used again', () => {
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

  it('move their images and files to the user’s message, after all results', () => {
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

  it('move them even if no user message follows', () => {
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
