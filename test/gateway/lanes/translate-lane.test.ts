/** What the translate lane changes on the way to another vendor's model, over the wire. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import {
  checkChatAnswer,
  checkChatError,
  checkChatStream,
  checkMessagesAnswer,
  checkMessagesError,
  checkMessagesStream,
} from '../../tools/checkers/index.ts'

type Body = Record<string, unknown>

/** What arrives at the upstream; it is as strict as the vendor. */
const translated = async (path: string, body: Body) => {
  const { sluice, upstream } = await startHouse()
  const answer = await sluice.send(path, { body })
  const [call] = callsOf(upstream)
  expect(call?.refused).toBeUndefined()
  return { answer, sent: (call?.body ?? {}) as Body }
}

const toClaude = (more: Body = {}) =>
  translated(CHAT, chatBody('hello', { model: CLAUDE, ...more }))
const toGpt = (more: Body = {}) =>
  translated(MESSAGES, messagesBody('hello', { model: GPT, ...more }))

describe('max_tokens for Anthropic', () => {
  it.each([
    [CLAUDE, undefined, 64_000],
    ['claude-3-5-haiku-latest', undefined, 8192],
    ['claude-opus-4-1', undefined, 32_000],
    [CLAUDE, 100, 100],
    [CLAUDE, 1_000_000, 64_000],
    ['claude-3-haiku-20240307', 64_000, 4096],
  ])('of %s, with %j requested, is %i', async (model, max_tokens, expected) => {
    const { sent } = await toClaude({ model, max_tokens })
    expect(sent.max_tokens).toBe(expected)
  })

  it('of a model that is not in the table comes from Anthropic’s list', async () => {
    const { sluice, upstream } = await startHouse({
      upstream: { models: ['claude-mythos-preview'] },
    })
    await sluice.send(CHAT, { body: chatBody('x', { model: 'anthropic/claude-mythos-preview' }) })
    expect(upstream.calls[0]).toMatchObject({ method: 'GET', path: '/v1/models' })
    expect(callsOf(upstream)[0]?.body).toMatchObject({ max_tokens: 128_000 })
  })

  it('of an unknown model is 8192', async () => {
    const { sluice, upstream } = await startHouse()
    await sluice.send(CHAT, { body: chatBody('x', { model: 'anthropic/nobody' }) })
    expect(callsOf(upstream)[0]?.body).toMatchObject({ max_tokens: 8192 })
  })

  it.each(['max_tokens', 'max_completion_tokens'])('is read from %s', async (field) => {
    expect((await toClaude({ [field]: 77 })).sent.max_tokens).toBe(77)
  })
})

describe('the limit for an OpenAI-compatible server', () => {
  it('is called max_tokens, and limited to the model’s maximum', async () => {
    expect((await toGpt({ max_tokens: 100 })).sent).toMatchObject({ max_tokens: 100 })
    const { sent } = await toGpt({ max_tokens: 128_000 })
    expect(sent.max_tokens).toBeLessThanOrEqual(16_384)
    expect(sent).not.toHaveProperty('max_completion_tokens')
  })
})

describe('a field that the target lacks', () => {
  it('is a temperature above 1 for Anthropic: clamped', async () => {
    expect((await toClaude({ temperature: 1.7 })).sent.temperature).toBe(1)
    expect((await toClaude({ temperature: 0.3 })).sent.temperature).toBe(0.3)
  })

  it('is n above 1: a 400 that names it', async () => {
    const { sluice, upstream } = await startHouse()
    const { status, json } = await sluice.send(CHAT, {
      body: chatBody('hello', { model: CLAUDE, n: 2 }),
    })
    expect(status).toBe(400)
    expect(checkChatError(json)).toEqual([])
    expect(json).toMatchObject({ error: { param: 'n' } })
    expect(callsOf(upstream)).toEqual([])
    expect((await toClaude({ n: 1 })).answer.status).toBe(200)
  })

  it('is dropped, and named in x-sluice-dropped', async () => {
    for (const stream of [true, false]) {
      const { answer, sent } = await toClaude({
        stream,
        logprobs: true,
        top_logprobs: 3,
        seed: 7,
        frequency_penalty: 0.5,
        presence_penalty: 0.5,
        logit_bias: { '7': 1 },
      })
      const dropped = String(answer.headers['x-sluice-dropped']).split(', ')
      for (const field of [
        'logprobs',
        'top_logprobs',
        'seed',
        'frequency_penalty',
        'presence_penalty',
        'logit_bias',
      ]) {
        expect(dropped).toContain(field)
        expect(sent).not.toHaveProperty(field)
      }
    }
  })

  it('is dropped for OpenAI, and named, too', async () => {
    const { answer, sent } = await toGpt({ top_k: 7, context_management: { edits: [] } })
    const dropped = String(answer.headers['x-sluice-dropped']).split(', ')
    expect(dropped).toEqual(expect.arrayContaining(['top_k', 'context_management']))
    expect(sent).not.toHaveProperty('top_k')
  })

  it('is not named if nothing was dropped', async () => {
    expect((await toClaude()).answer.headers['x-sluice-dropped']).toBeUndefined()
    expect((await toGpt()).answer.headers['x-sluice-dropped']).toBeUndefined()
  })

  it.each([
    ['a line break', 'a\r\nx-evil: 1'],
    ['letters beyond ASCII', 'größe😀'],
    ['a lone surrogate', '\ud83d'],
    ['no end', 'x'.repeat(100_000)],
  ])('is named safely if its name has %s', async (_, name) => {
    for (const { answer } of [await toGpt({ [name]: 1 }), await toClaude({ [name]: 1 })]) {
      expect(answer.status).toBe(200)
      expect(answer.headers['x-evil']).toBeUndefined()
      expect(String(answer.headers['x-sluice-dropped']).length).toBeLessThan(4_000)
    }
  })
})

describe('users', () => {
  it('are hashed to 64 characters, the same each time', async () => {
    const user_id = '{"device_id":"secret-device","account":"a@b.example"}'
    const { sent } = await toGpt({ metadata: { user_id } })
    expect(sent.user).toBe(createHash('sha256').update(user_id).digest('hex'))
    expect(sent.user).toHaveLength(64)
    const back = await toClaude({ user: 'a@b.example' })
    expect(JSON.stringify(back.sent.metadata)).toMatch(/^\{"user_id":"[0-9a-f]{64}"\}$/)
  })
})

const LONG = `mcp__${'a-very-long-server-name__'.repeat(3)}do_something`
const CHAT_TOOL = (name: string) => ({
  type: 'function',
  function: { name, description: 'd', parameters: { type: 'object', properties: {} } },
})
const MESSAGES_TOOL = (name: string) => ({
  name,
  description: 'd',
  input_schema: { type: 'object', properties: {} },
})

describe('tools', () => {
  it('with names past 64 characters are shortened, and called by their own names', async () => {
    for (const stream of [true, false]) {
      const { sluice, upstream } = await startHouse()
      const ask = async (toolCallOf: (body: Body) => string, path: string, body: Body) => {
        // What the upstream is sent is what it calls.
        upstream.next({ parts: [{ toolCall: { name: 'x', arguments: '{}' } }] })
        await sluice.send(path, { body })
        const name = toolCallOf(callsOf(upstream).at(-1)?.body as Body)
        expect(name).not.toBe(LONG)
        expect(name.length).toBeLessThanOrEqual(64)
        upstream.next({ parts: [{ toolCall: { name, arguments: '{"a":1}' } }] })
        const answer = await sluice.send(path, { body })
        expect(answer.text).toContain(`"${LONG}"`)
        expect(answer.text).not.toContain(`"${name}"`)
        return answer
      }
      const messages = await ask(
        ({ tools }) => (tools as { function: { name: string } }[])[0]?.function.name ?? '',
        MESSAGES,
        messagesBody('hello', { model: GPT, stream, tools: [MESSAGES_TOOL(LONG)] }),
      )
      const chat = await ask(
        ({ tools }) => (tools as { name: string }[])[0]?.name ?? '',
        CHAT,
        chatBody('hello', { model: CLAUDE, stream, tools: [CHAT_TOOL(LONG)] }),
      )
      if (stream) {
        expect(checkMessagesStream(messages.bytes)).toEqual([])
        expect(checkChatStream(chat.bytes)).toEqual([])
      } else {
        expect(checkMessagesAnswer(messages.json)).toEqual([])
        expect(checkChatAnswer(chat.json)).toEqual([])
      }
    }
  })

  it('called with arguments "" are called with {}', async () => {
    const { sluice, upstream } = await startHouse()
    for (const stream of [true, false]) {
      upstream.next({ parts: [{ toolCall: { name: 'f', arguments: '' } }] })
      const { bytes, json, text } = await sluice.send(MESSAGES, {
        body: messagesBody('hello', { model: GPT, stream, tools: [MESSAGES_TOOL('f')] }),
      })
      expect(stream ? checkMessagesStream(bytes) : checkMessagesAnswer(json)).toEqual([])
      if (!stream) expect(text).toContain('"input":{}')
    }
  })

  it('whose arguments were "" in an earlier turn are sent {}', async () => {
    const { sent } = await toClaude({
      messages: [
        { role: 'user', content: 'x' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'done' },
      ],
      tools: [CHAT_TOOL('f')],
    })
    expect(JSON.stringify(sent.messages)).toContain('"input":{}')
  })

  it('that failed report it in their text', async () => {
    const { sent } = await toGpt({
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'f', input: {} }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 't1', is_error: true, content: 'no such file' },
          ],
        },
      ],
      tools: [MESSAGES_TOOL('f')],
    })
    const result = (sent.messages as Body[]).find(({ role }) => role === 'tool')
    expect(JSON.stringify(result?.content)).toMatch(/error.*no such file/i)
  })
})

const replay = (content: readonly Body[]) => [
  { role: 'user', content: 'x' },
  { role: 'assistant', content },
  { role: 'user', content: 'go on' },
]

const writeTurn = (turn: string) =>
  `{"model":"${CLAUDE}","x":1.0,"messages":[{"role":"user","content":"x"},${turn}{"role":"user","content":"go on"}] ,"y":9007199254740993}`

describe('reasoning', () => {
  const thought = { parts: [{ reasoning: 'Let me see.' }, { text: 'Yes.' }] }

  it('that arrives is forwarded, whether requested or not', async () => {
    for (const stream of [true, false]) {
      const { sluice, upstream } = await startHouse()
      upstream.next(thought, thought)
      const chat = await sluice.send(CHAT, { body: chatBody('x', { model: CLAUDE, stream }) })
      expect(chat.text).toMatch(/"reasoning_content":"Let me/)
      const messages = await sluice.send(MESSAGES, {
        body: messagesBody('x', { model: GPT, stream }),
      })
      expect(messages.text).toMatch(stream ? /"thinking_delta"/ : /"type":"thinking"/)
    }
  })

  const thinkingOf = async (model: string) => {
    const { sluice, upstream } = await startHouse()
    upstream.next(thought)
    const { json } = await sluice.send(MESSAGES, { body: messagesBody('x', { model }) })
    return (json as { content: Body[] }).content
  }

  it('of another vendor is signed with the name of its provider', async () => {
    const [thinking] = await thinkingOf(GPT)
    expect(thinking).toMatchObject({
      type: 'thinking',
      thinking: 'Let me see.',
      signature: expect.stringMatching(/^sluice\.openai\.[A-Za-z0-9_-]+$/),
    })
  })

  it('so signed returns to that provider', async () => {
    const messages = replay(await thinkingOf(GPT))
    const { sluice, upstream } = await startHouse({
      upstream: { messageFields: ['reasoning_content'] },
    })
    await sluice.send(MESSAGES, { body: messagesBody('', { model: GPT, messages }) })
    const sent = JSON.stringify(callsOf(upstream)[0]?.body)
    expect(sent).toContain('Let me see.')
    expect(sent).not.toContain('sluice.openai')
  })

  it('so signed returns to no other provider', async () => {
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [{ ...openaiAt(upstream.url), name: 'other' }],
    })
    const messages = replay(await thinkingOf(GPT))
    await sluice.send(MESSAGES, { body: messagesBody('', { model: `other/${GPT}`, messages }) })
    const sent = JSON.stringify(callsOf(upstream)[0]?.body)
    expect(sent).toContain('go on')
    expect(sent).not.toContain('Let me see.')
  })

  it('so signed is removed before any upstream of Anthropic, and no other byte is touched', async () => {
    const [first] = await thinkingOf(GPT)
    const { sluice, upstream } = await startHouse()
    const foreign = JSON.stringify(first)
    const text = '{"type":"text","text":"\\u0041 sluice. 9007199254740993"}'
    const answered = (blocks: string) => writeTurn(`{"role":"assistant","content":${blocks}} , `)
    const cases = [
      [answered(`[${foreign} , ${text}]`), answered(`[${text}]`)],
      [answered(`[${text} ,\n${foreign} ]`), answered(`[${text} ]`)],
      [
        answered(`[${foreign},${foreign},${text},${foreign}, ${text}]`),
        answered(`[${text}, ${text}]`),
      ],
      [answered(`[ ${foreign},${foreign}]`), writeTurn('').replace('},{', '} , {')],
      [answered(`[${text}]`), answered(`[${text}]`)],
      [answered('"\\"sluice."'), answered('"\\"sluice."')],
      // The upstream refuses invalid JSON inside.
      ...['["sluice.a" 1]', '{"type" "sluice.a"}', '[{"signature":"sluice.a",}]'].map(
        (broken) => [answered(broken), answered(broken)] as const,
      ),
    ] as const
    for (const [before, after] of cases) {
      await sluice.send(MESSAGES, { body: before })
      expect(callsOf(upstream).at(-1)?.rawBody.toString()).toBe(after)
    }
  })

  it('so signed does no harm on the way to Anthropic', async () => {
    const messages = replay(await thinkingOf(GPT))
    const { sluice } = await startHouse()
    for (const path of [MESSAGES, `${MESSAGES}/count_tokens`]) {
      const { max_tokens, ...rest } = messagesBody('', { messages })
      const body = path === MESSAGES ? { ...rest, max_tokens } : rest
      expect((await sluice.send(path, { body })).status).toBe(200)
    }
  })

  it('that Anthropic signed rides to a chat client and back, unchanged', async () => {
    const { sluice, upstream } = await startHouse()
    const ask = (messages: unknown[]) =>
      sluice.send(CHAT, {
        body: chatBody('', { model: CLAUDE, messages, tools: [CHAT_TOOL('f')] }),
      })
    upstream.next({
      parts: [
        { reasoning: 'Let me see.' },
        { redacted: true },
        { toolCall: { name: 'f', arguments: '{}' } },
      ],
    })
    const first = await ask([{ role: 'user', content: 'x' }])
    const [choice] = (first.json as { choices: { message: Body }[] }).choices
    expect(choice?.message).toHaveProperty('reasoning_details')
    const [call] = (choice?.message.tool_calls ?? []) as { id: string }[]
    const second = await ask([
      { role: 'user', content: 'x' },
      choice?.message,
      { role: 'tool', tool_call_id: call?.id, content: 'done' },
    ])
    // The upstream refuses a signature that is not its own.
    expect(second.status).toBe(200)
    expect(JSON.stringify(callsOf(upstream)[1]?.body)).toContain('"type":"thinking"')
    expect(JSON.stringify(callsOf(upstream)[1]?.body)).toContain('"type":"redacted_thinking"')
  })

  it('that Anthropic signed goes to no other vendor', async () => {
    const content = await thinkingOf(CLAUDE)
    const { sent } = await toGpt({
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content },
        { role: 'user', content: 'go on' },
      ],
    })
    expect(JSON.stringify(sent)).not.toContain('Let me see.')
    expect(JSON.stringify(sent)).not.toContain('signature')
  })
})

describe('a field that cannot be translated', () => {
  it('is a thread: a 400 after which the SDK continues without one', async () => {
    const { sluice, upstream } = await startHouse()
    const { status, json } = await sluice.send(MESSAGES, {
      body: messagesBody('x', { model: GPT, thread: { type: 'create' } }),
    })
    expect(status).toBe(400)
    expect(checkMessagesError(json)).toEqual([])
    expect(json).toMatchObject({
      error: {
        type: 'invalid_request_error',
        details: { error_code: 'thread_unsupported_request' },
      },
    })
    expect(callsOf(upstream)).toEqual([])
  })

  it('is mcp_servers: a 400 that names the field', async () => {
    const { sluice, upstream } = await startHouse()
    const mcp_servers = [{ type: 'url', name: 'x', url: 'https://x.example' }]
    const { status, json } = await sluice.send(MESSAGES, {
      body: messagesBody('x', { model: GPT, mcp_servers }),
    })
    expect(status).toBe(400)
    expect(JSON.stringify(json)).toContain('mcp_servers')
    expect(callsOf(upstream)).toEqual([])
  })

  it('passes on the relay lane', async () => {
    const { sluice, upstream } = await startHouse()
    await sluice.send(MESSAGES, { body: messagesBody('x', { thread: { type: 'create' } }) })
    expect(callsOf(upstream)[0]?.body).toMatchObject({ thread: { type: 'create' } })
  })
})
