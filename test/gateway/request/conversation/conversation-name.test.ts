/** The name that a client has given to its conversation, and whose conversation it is. */
import { describe, expect, it } from 'vitest'
import type { Caller } from '#access'
import type { GatewayCall } from '#gateway'
import type { Part } from '#model'
import { anthropicMessages, gemini, openaiChat, openaiResponses, type Protocol } from '#protocols'
import { createToBelonging } from '../../../../src/gateway/request/conversation/belonging.ts'
import { readEnvelope } from '../../../../src/gateway/request/envelope.ts'

interface Asked {
  readonly protocol?: Protocol
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
  readonly caller?: Caller
  readonly secret?: string
  /** Present if this process asks. */
  readonly asked?: Pick<NonNullable<GatewayCall['asked']>, 'conversation' | 'request'>
}

const belongingOf = ({
  protocol = openaiChat,
  body = {},
  headers = {},
  caller = { id: 'caller' },
  secret = 'secret',
  asked,
}: Asked) => {
  const json = typeof body === 'string' ? body : JSON.stringify({ model: 'm', ...body })
  const call = {
    protocol,
    caller,
    body: Buffer.from(json),
    rawHeaders: Object.entries(headers).flat(),
    asked,
  } as unknown as GatewayCall
  return createToBelonging(secret)(call, readEnvelope(call, 100))
}

const idOf = (asked: Asked) => belongingOf(asked).conversation?.id

/** The same conversation with another text, and another one. */
const expectNamed = (asked: Asked, other: Asked) => {
  expect(idOf(asked)).toMatch(/^[0-9a-f]{32}$/)
  expect(idOf(asked)).toBe(idOf({ ...asked }))
  expect(idOf(other)).toBeDefined()
  expect(idOf(other)).not.toBe(idOf(asked))
}

const claude = (session: string) =>
  JSON.stringify({ device_id: 'd', account_uuid: 'a', session_id: session })

describe('a conversation is named', () => {
  it.each([
    ['prompt_cache_key in Chat', openaiChat, 'prompt_cache_key'],
    ['prompt_cache_key in Responses', openaiResponses, 'prompt_cache_key'],
    ['OpenRouter’s session_id', openaiChat, 'session_id'],
    ['a conversation of Responses', openaiResponses, 'conversation'],
  ])('by %s', (_, protocol, field) => {
    expectNamed({ protocol, body: { [field]: 'one' } }, { protocol, body: { [field]: 'two' } })
  })

  it('by a conversation of Responses in either form', () => {
    const named = (conversation: unknown) =>
      idOf({ protocol: openaiResponses, body: { conversation } })
    expect(named({ id: 'conv_1' })).toBe(named('conv_1'))
  })

  it.each([
    'session_id',
    'Session_ID',
    'session-id',
    'conversation_id',
    'conversation-id',
    'x-claude-code-session-id',
    'x-session-id',
    'x-session-affinity',
    'x-opencode-session',
    'x-conversation-id',
    'x-grok-conv-id',
  ])('by the header %s', (name) => {
    for (const protocol of [openaiChat, openaiResponses, anthropicMessages, gemini])
      expectNamed(
        { protocol, headers: { [name]: 'one' } },
        { protocol, headers: { [name]: 'two' } },
      )
  })

  it('by the session in the user id of Claude Code, in both of its forms', () => {
    const named = (user_id: string) => ({
      protocol: anthropicMessages,
      body: { metadata: { user_id } },
    })
    expectNamed(named(claude('one')), named(claude('two')))
    const text = (session: string) => `user_0a1b_account__session_${session}`
    expectNamed(named(text('0a1b2c3d-1111')), named(text('0a1b2c3d-2222')))
    const withText = (content: string) => ({
      ...named(claude('one')),
      body: {
        metadata: { user_id: claude('one') },
        messages: [{ role: 'user', content }],
      },
    })
    expect(idOf(withText('another text'))).toBe(idOf(named(claude('one'))))
  })

  it('by its own name before its session, and by its session before its user', () => {
    const key = { prompt_cache_key: 'key' }
    const headers = { 'x-session-id': 'session' }
    const user = { user: 'ann' }
    expect(idOf({ body: { ...key, ...user }, headers })).toBe(idOf({ body: key }))
    expect(idOf({ body: user, headers })).toBe(idOf({ headers }))
  })

  it('by nothing, if there is nothing', () => {
    for (const body of [
      {},
      { prompt_cache_key: '' },
      { prompt_cache_key: null },
      { prompt_cache_key: 7 },
      { conversation: { name: 'x' } },
      { metadata: { user_id: 'only Messages has it there' } },
      { prompt_cache_key: 'x'.repeat(5_000) },
    ])
      expect(idOf({ body })).toBeUndefined()
    expect(idOf({ headers: { 'x-session-id': '' } })).toBeUndefined()
    expect(idOf({ protocol: anthropicMessages, body: { metadata: 'text' } })).toBeUndefined()
  })
})

describe('a user', () => {
  const turn = (
    user: object,
    texts: readonly string[],
    protocol: Protocol = openaiChat,
  ): Asked => ({
    protocol,
    body: {
      ...user,
      messages: [
        { role: 'system', content: 'Be short.' },
        ...texts.map((content, at) => ({ role: at % 2 === 0 ? 'user' : 'assistant', content })),
      ],
    },
  })

  it.each([
    ['user', openaiChat, { user: 'ann' }],
    ['safety_identifier', openaiChat, { safety_identifier: 'ann' }],
    ['metadata.user_id', anthropicMessages, { metadata: { user_id: 'ann' } }],
  ])('has as many conversations as beginnings: %s', (_, protocol, user) => {
    const first = idOf(turn(user, ['hello'], protocol))
    expect(first).toBeDefined()
    expect(idOf(turn(user, ['hello', 'hi', 'and now?'], protocol))).toBe(first)
    expect(idOf(turn(user, ['good morning'], protocol))).not.toBe(first)
  })

  it('has one conversation, wherever the mark of a cache is', () => {
    const marked = (mark: object) =>
      idOf({
        protocol: anthropicMessages,
        body: {
          metadata: { user_id: 'ann' },
          messages: [{ role: 'user', content: [{ type: 'text', text: 'hello', ...mark }] }],
        },
      })
    expect(marked({ cache_control: { type: 'ephemeral' } })).toBe(marked({}))
  })

  it('has one conversation of Responses, whether it begins as a text or as an item', () => {
    const named = (input: unknown) =>
      idOf({ protocol: openaiResponses, body: { user: 'ann', input } })
    expect(named([{ role: 'user', content: 'hello' }, { type: 'reasoning' }])).toBe(named('hello'))
    expect(
      named([
        { role: 'developer', content: 'x' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hello' }] },
      ]),
    ).toBe(named('hello'))
  })

  it.each(['[1 2]', '[{"role":"user","content":[}]', '[]', '7', '[{"role":"user","content":{}}]'])(
    'is read, whatever the messages are: %s',
    (messages) => {
      const body = `{"model":"m","user":"ann","messages":${messages}}`
      try {
        expect(idOf({ body })).toBeDefined()
      } catch (thrown) {
        // The outline of the body is refused before.
        expect(String(thrown)).toContain('not valid JSON')
      }
    },
  )
})

describe('the name', () => {
  const named = { body: { prompt_cache_key: 'one' } }

  it('belongs to a caller and to its user', () => {
    const callers: Caller[] = [
      { id: 'a' },
      { id: 'b' },
      { id: 'a', userId: 'u' },
      { id: 'a', userId: 'v' },
    ]
    expect(new Set(callers.map((caller) => idOf({ ...named, caller }))).size).toBe(4)
  })

  it('cannot be guessed without the secret', () => {
    expect(idOf({ ...named, secret: 'other' })).not.toBe(idOf(named))
    expect(
      JSON.stringify(belongingOf({ body: { prompt_cache_key: 'legible' } }).conversation),
    ).not.toContain('legible')
  })

  it('is read once, and not at all if the alias balances each call', () => {
    const belonging = belongingOf(named)
    expect(belonging.conversation).toBe(belonging.conversation)
    belonging.leaveConversation()
    expect(belonging.conversation).toBeUndefined()
  })
})

it('a call that runs on is released, and its conversation is still known', () => {
  const asked = { body: { prompt_cache_key: 'one', messages: [{ reasoning_details: [] }] } }
  const belonging = belongingOf(asked)
  expect(belonging.hasSealedThoughts).toBe(true)
  belonging.settle()
  expect(belonging.conversation?.id).toBe(idOf(asked))
  expect(belonging.hasSealedThoughts).toBe(false)
})

it('thoughts that an account has sealed are noticed in every dialect', () => {
  const has = (protocol: Protocol, body: object) =>
    belongingOf({ protocol, body }).hasSealedThoughts
  expect(has(openaiResponses, { input: [{ type: 'reasoning', encrypted_content: 'x' }] })).toBe(
    true,
  )
  expect(has(anthropicMessages, { messages: [{ content: [{ signature: 'x' }] }] })).toBe(true)
  expect(has(gemini, { contents: [{ parts: [{ thoughtSignature: 'x' }] }] })).toBe(true)
  expect(has(openaiChat, { messages: [{ reasoning_details: [] }] })).toBe(true)
  for (const protocol of [openaiResponses, anthropicMessages, gemini, openaiChat])
    expect(has(protocol, { messages: [{ content: 'the word signature' }] })).toBe(false)
})

describe('a call of this process', () => {
  const asking = (conversation: string | undefined, part?: Part): Asked => ({
    asked: {
      conversation,
      request: {
        model: 'm',
        stream: true,
        tools: [],
        turns: [{ role: 'assistant', parts: part ? [part] : [] }],
      },
    },
  })

  it('is in the conversation that it names, whatever its body', () => {
    expectNamed(asking('ses_1'), asking('ses_2'))
    expect(idOf(asking(undefined))).toBeUndefined()
  })

  it('shows the sealed thoughts that it brings back', () => {
    const has = (part: Part) => belongingOf(asking('ses_1', part)).hasSealedThoughts
    expect(has({ kind: 'reasoning', text: 'hm', signature: 'x' })).toBe(true)
    expect(has({ kind: 'reasoning', text: '', redacted: 'x' })).toBe(true)
    expect(has({ kind: 'reasoning', text: 'hm' })).toBe(false)
    expect(has({ kind: 'text', text: '"signature"' })).toBe(false)
  })
})
