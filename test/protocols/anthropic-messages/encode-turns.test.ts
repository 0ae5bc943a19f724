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
