/** Conversations as a Messages upstream gets them. */
import { describe, expect, it } from 'vitest'
import type { Turn } from '#model'
import {
  call,
  result,
  say,
  text,
  write,
} from '../../tools/protocols/anthropic-messages/write-request.ts'

const messagesOf = (...turns: readonly Turn[]) => write({ turns }).body.messages
const toolUse = (id: string) => ({ type: 'tool_use', id, name: 'run', input: { a: 1 } })
const toolResult = (id: string) => ({ type: 'tool_result', tool_use_id: id })

describe('the conversation', () => {
  it('makes leading system turns the system prompt, and keeps later ones in place', () => {
    const turns = [say('system', 'A'), say('system', 'B'), say('user', 'Hi'), say('system', 'C')]
    const { body } = write({ turns }, { takesSystemTurns: true })
    expect(body.system).toEqual([text('A'), text('B')])
    expect(body.messages).toEqual([
      { role: 'user', content: [text('Hi')] },
      { role: 'system', content: [text('C')] },
    ])
  })

  it('makes later ones reminders in the user’s message, if the model supports no other place', () => {
    const reminder = text('<system-reminder>\nC\n</system-reminder>')
    expect(messagesOf(say('user', 'Hi'), say('system', 'C'))).toEqual([
      { role: 'user', content: [text('Hi'), reminder] },
    ])
  })

  it('also makes them reminders if the vendor accepts none', () => {
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

  it('sends the system prompt as the user’s message if there is no other', () => {
    expect(messagesOf(say('system', 'Write a poem.'))).toEqual([
      { role: 'user', content: [text('Write a poem.')] },
    ])
  })

  it('puts all results first, in one message, and the text after them', () => {
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

  it('puts results directly after their calls, whatever was between', () => {
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

  it('distinguishes calls with the same id, as small models write them', () => {
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

  it('sends arguments that are not an object in the only allowed form', () => {
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

  it('refuses audio, which the vendor does not accept', () => {
    expect(() => messagesOf(say('user', { kind: 'audio', data: '', format: 'wav' }))).toThrow(
      'does not take audio',
    )
  })

  it('sends reasoning back only to the provider that signed it', () => {
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

  it('omits blocks of other protocols, and names them', () => {
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

  it('sends blocks of its own protocol back unchanged', () => {
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
