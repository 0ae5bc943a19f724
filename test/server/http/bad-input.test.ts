/** Client errors are reported in the client's dialect, with the field. */
import { describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import type { Received } from '../../tools/app/send.ts'
import { PATIENCE_MS, within } from '../../tools/app/within.ts'
import { checkChatError, checkGeminiError, checkMessagesError } from '../../tools/checkers/index.ts'

const COUNT_TOKENS = '/v1/messages/count_tokens'

const COMPLETIONS = '/v1/completions'
const EMBEDDINGS = '/v1/embeddings'

const isGemini = (path: string): boolean => path.startsWith('/v1beta/')

const checkError = (path: string, { json }: Received): string[] => {
  if (isGemini(path)) return checkGeminiError(json)
  return path.startsWith(MESSAGES) ? checkMessagesError(json) : checkChatError(json)
}

const errorOf = ({ json }: Received) =>
  json.error as { message: string; type: string; param?: string | null }

/** A refusal of the client's own making, in the client's own dialect. */
const expectRefusal = (path: string, received: Received, status = 400): string => {
  expect(received.status).toBe(status)
  expect(checkError(path, received)).toEqual([])
  expect(errorOf(received).message).not.toContain('inside the gateway')
  return errorOf(received).message
}

/** One for each way through: relayed, translated and answered here. */
const WAYS = [
  ['chat, relayed', CHAT, GPT],
  ['chat, translated', CHAT, CLAUDE],
  ['chat, to the demo', CHAT, 'demo/echo'],
  ['messages, relayed', MESSAGES, CLAUDE],
  ['messages, translated', MESSAGES, GPT],
  ['messages, to the demo', MESSAGES, 'demo/echo'],
  ['responses, relayed', RESPONSES, GPT],
  ['count_tokens, relayed', COUNT_TOKENS, CLAUDE],
  ['count_tokens, counted here', COUNT_TOKENS, GPT],
] as const

/** Malformed in the same ways; some have the model in the path, so it is not checked. */
const TWINS = [
  ['responses, translated', RESPONSES, CLAUDE],
  ['completions, translated', COMPLETIONS, CLAUDE],
  ['embeddings, to the demo', EMBEDDINGS, 'demo/embed'],
  ['gemini, translated', `/v1beta/models/${CLAUDE}:generateContent`, CLAUDE],
  ['gemini as a stream', `/v1beta/models/${GPT}:streamGenerateContent?alt=sse`, GPT],
  ['gemini, counted here', `/v1beta/models/${GPT}:countTokens`, GPT],
  ['gemini, embedded', '/v1beta/models/demo/embed:embedContent', 'demo/embed'],
] as const

const startAll = () => startHouse({ demo: { paceMs: 0 } })

const malformed = (named: string) =>
  [
    ['nothing', ''],
    ['white space', ' \n\t '],
    ['text', 'hello'],
    ['half an object', `{"model":${named},"messages":[`],
    ['half a string', `{"model":${named},"messages":"a`],
    ['half an escape', `{"model":${named},"messages\\`],
    ['an object that is not closed', `{"model":${named}`],
    ['brackets that do not match', `{"model":${named},"messages":[}]`],
    ['a comma too many', `{"model":${named},}`],
    ['a missing colon', `{"model" ${named}}`],
    ['single quotes', `{'model':'x'}`],
    ['something behind the object', `{"model":${named},"messages":[]} {}`],
    ['a list', `[{"model":${named}}]`],
    ['a string', '"hello"'],
    ['null', 'null'],
    ['a byte order mark', `\uFEFF{"model":${named}}`],
  ] as const

describe.each(WAYS)('on %s', (_name, path, model) => {
  const named = JSON.stringify(model)

  it.each(malformed(named))('refuses %s for a body', async (_what, body) => {
    const { sluice } = await startAll()
    const message = expectRefusal(path, await sluice.send(path, { body }))
    expect(message).toMatch(/JSON/)
  })

  it('refuses malformed UTF-8 inside a message', async () => {
    const { sluice, upstream } = await startAll()
    const body = Buffer.concat([
      Buffer.from(`{"model":${named},"max_tokens":9,"messages":[{"role":"user","content":"a`),
      Buffer.from([0xf0, 0x9f, 0x22]),
      Buffer.from('}]}'),
    ])
    const message = expectRefusal(path, await sluice.send(path, { body }))
    expect(message).toContain('UTF-8')
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it.each([
    ['model', '{"messages":[]}', undefined],
    ['model', '{"model":7}', undefined],
    ['model', '{"model":""}', undefined],
    ['model', '{"model":{"name":"x"}}', undefined],
    ['model', `{"model":"${'m'.repeat(5_000)}"}`, undefined],
    ['model', `{"model":${named},"model":"x"}`, undefined],
    ['model', `{"model":${named},"mod\\u0065l":"x"}`, undefined],
    ['model', `{"\\u006dodel":"x","model":${named}}`, undefined],
    ['stream', `{"model":${named},"stream":1}`, undefined],
    ['stream', `{"model":${named},"stream":"true"}`, undefined],
    ['stream', `{"model":${named},"stream":[]}`, undefined],
    ['stream', `{"model":${named},"stream":false,"stream":true}`, undefined],
    ['stream', `{"model":${named},"stream":false,"\\u0073tream":true}`, undefined],
  ])('names %s, refusing %s', async (field, body) => {
    const { sluice, upstream } = await startAll()
    const received = await sluice.send(path, { body })
    expect(expectRefusal(path, received)).toContain(field)
    if (!path.startsWith(MESSAGES)) expect(errorOf(received).param).toBe(field)
    expect(callsOf(upstream)).toHaveLength(0)
  })

  const nested = (depth: number): string =>
    // The object and its messages are two levels of it.
    `{"model":${named},"max_tokens":9,"messages":[{"role":"user","content":"x"}],"deep":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`

  it('refuses a body nested deeper than 512 levels, and accepts 512', async () => {
    const { sluice, upstream } = await startAll()
    expect(expectRefusal(path, await sluice.send(path, { body: nested(513) }))).toContain('512')
    expect(callsOf(upstream)).toHaveLength(0)
    const { json } = await sluice.send(path, { body: nested(512) })
    expect(JSON.stringify(json)).not.toContain('nested')
  })

  it('knows no model of a name that is longer than any', async () => {
    const { sluice, upstream } = await startAll()
    const long = 'm'.repeat(257)
    const asked = path.includes(model) ? path.replace(model, long) : path
    const body = `{"model":"${long}","messages":[]}`
    const message = expectRefusal(asked, await sluice.send(asked, { body }), 404)
    expect(message).toBe("'model' is longer than 256 characters: no model has such a name.")
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('refuses more values than a request can need, before any of them is parsed', async () => {
    const { sluice, upstream } = await startAll()
    const message = {
      messages: `[${'{},'.repeat(500_000)}{}]`,
      input: `[${'1,'.repeat(500_000)}1]`,
    }
    for (const [field, values] of Object.entries(message)) {
      const body = `{"model":${named},"${field}":${values}}`
      expect(expectRefusal(path, await sluice.send(path, { body }))).toContain('500000 JSON values')
    }
    const fields = `{"model":${named}${',"":1'.repeat(20_000)}}`
    expect(expectRefusal(path, await sluice.send(path, { body: fields }))).toContain('10000 fields')
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('is not brought down by a hundred thousand brackets', async () => {
    const { sluice } = await startAll()
    for (const open of ['[', '{"a":'])
      expectRefusal(
        path,
        await sluice.send(path, { body: `{"model":${named},"a":${open.repeat(100_000)}` }),
      )
    expectRefusal(path, await sluice.send(path, { body: '['.repeat(100_000) }))
    expect((await sluice.send('/health')).status).toBe(200)
  })

  it('accepts a body of any content type', async () => {
    const { sluice } = await startAll()
    const body = JSON.stringify(
      path === CHAT
        ? chatBody('hi', { model })
        : path === RESPONSES
          ? responsesBody('hi')
          : path === COUNT_TOKENS
            ? { model, messages: messagesBody().messages }
            : messagesBody('hi', { model }),
    )
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=utf-16',
      ';',
    ])
      expect((await sluice.send(path, { body, headers: { 'content-type': type } })).status).toBe(
        200,
      )
  })

  it('refuses a body over the limit, with or without a content length', async () => {
    const limits = { bodyBytes: 50_000, inFlightBytes: 1_000_000, depth: 512 }
    const { sluice, upstream } = await startHouse({ limits, demo: {} })
    const body = `{"model":${named},"messages":"${'x'.repeat(60_000)}"}`
    const told = await sluice.send(path, { body })
    expect(expectRefusal(path, told, 413)).toContain('50000')
    if (path.startsWith(MESSAGES)) expect(errorOf(told).type).toBe('request_too_large')

    const client = await openRawClient(sluice.url)
    client.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n`)
    for (const piece of body.match(/.{1,5000}/gs) ?? [])
      client.write(`${piece.length.toString(16)}\r\n${piece}\r\n`)
    const received = await within(PATIENCE_MS, 'an answer', client.until('50000'))
    expect(received).toMatch(/^HTTP\/1\.1 413 /)
    client.socket.destroy()
    expect(callsOf(upstream)).toHaveLength(0)
  })
})

describe.each(TWINS)('on %s', (_name, path, model) => {
  it.each(malformed(JSON.stringify(model)))('refuses %s for a body', async (_what, body) => {
    const { sluice, upstream } = await startAll()
    expect(expectRefusal(path, await sluice.send(path, { body }))).toMatch(/JSON/)
    expect(callsOf(upstream)).toHaveLength(0)
  })

  it('is not brought down by a hundred thousand brackets', async () => {
    const { sluice } = await startAll()
    for (const open of ['[', '{"a":'])
      expectRefusal(path, await sluice.send(path, { body: `{"a":${open.repeat(100_000)}` }))
    expect((await sluice.send('/health')).status).toBe(200)
  })
})

describe.each([
  ['completions', COMPLETIONS, CLAUDE, 'prompt', { prompt: 7 }],
  ['completions', COMPLETIONS, CLAUDE, 'max_tokens', { prompt: 'x', max_tokens: 'many' }],
  ['completions', COMPLETIONS, CLAUDE, 'stop', { prompt: 'x', stop: [7] }],
  ['completions', COMPLETIONS, CLAUDE, 'n', { prompt: 'x', n: 2 }],
  ['embeddings', EMBEDDINGS, 'demo/embed', 'input', { input: {} }],
  ['embeddings', EMBEDDINGS, 'demo/embed', 'dimensions', { input: 'x', dimensions: 0 }],
  ['responses', RESPONSES, CLAUDE, 'input', { input: 7 }],
  ['responses', RESPONSES, CLAUDE, 'tools', { input: 'x', tools: 'x' }],
  ['gemini', `/v1beta/models/${CLAUDE}:generateContent`, CLAUDE, 'contents', { contents: 'x' }],
  ['gemini', `/v1beta/models/${CLAUDE}:generateContent`, CLAUDE, 'contents', { contents: [{}] }],
  [
    'gemini',
    `/v1beta/models/${CLAUDE}:generateContent`,
    CLAUDE,
    'role',
    { contents: [{ role: 'king', parts: [{ text: 'x' }] }] },
  ],
] as const)('on %s, translated', (_name, path, model, field, more) => {
  it(`names ${field}, refusing ${JSON.stringify(more)}`, async () => {
    const { sluice, upstream } = await startAll()
    const named = isGemini(path) ? {} : { model }
    const received = await sluice.send(path, { body: { ...named, ...more } })
    expect(expectRefusal(path, received)).toContain(field)
    expect(callsOf(upstream)).toHaveLength(0)
  })
})

type Wrong = readonly [field: string, body: Record<string, unknown>]

const user = (content: unknown) => ({ messages: [{ role: 'user', content }] })
const tool = (name: unknown, more: object = {}) => ({
  tools: [{ type: 'function', function: { name, parameters: {}, ...more } }],
})

const CHAT_FIELDS: readonly Wrong[] = [
  ['messages', { messages: undefined }],
  ['messages', { messages: 'hello' }],
  ['messages', { messages: {} }],
  ['messages', { messages: null }],
  ['messages', { messages: [7] }],
  ['messages', { messages: [null] }],
  ['messages', { messages: [{}] }],
  ['role', { messages: [{ role: 'king', content: 'x' }] }],
  ['role', { messages: [{ role: 7, content: 'x' }] }],
  ['role', { messages: [{ role: 'toString', content: 'x' }] }],
  ['role', { messages: [{ role: '__proto__', content: 'x' }] }],
  ['content', user(7)],
  ['content', user({})],
  ['content', user([7])],
  ['content', user([{}])],
  ['text', user([{ type: 'text', text: 7 }])],
  ['image_url', user([{ type: 'image_url', image_url: 7 }])],
  ['url', user([{ type: 'image_url', image_url: { url: 7 } }])],
  ['tool_call_id', { messages: [{ role: 'tool', content: 'x' }] }],
  ['tool_calls', { messages: [{ role: 'assistant', tool_calls: 'x' }] }],
  ['tool_calls', { messages: [{ role: 'assistant', tool_calls: [7] }] }],
  [
    'arguments',
    {
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: 7 } }],
        },
      ],
    },
  ],
  ['tools', { tools: 'x' }],
  ['tools', { tools: [7] }],
  ['tools', { tools: [{}] }],
  ['name', tool(7)],
  ['parameters', tool('f', { parameters: 'x' })],
  ['tool_choice', { tool_choice: 7 }],
  ['max_tokens', { max_tokens: 'many' }],
  ['max_completion_tokens', { max_completion_tokens: 1.5 }],
  ['temperature', { temperature: 'hot' }],
  ['top_p', { top_p: [] }],
  ['stop', { stop: 7 }],
  ['stop', { stop: [7] }],
  ['response_format', { response_format: 'json' }],
  ['response_format', { response_format: { type: 'json_schema', json_schema: 7 } }],
  ['reasoning_effort', { reasoning_effort: 7 }],
  ['stream_options', { stream: true, stream_options: 'x' }],
  ['n', { n: 2 }],
  ['n', { n: 'two' }],
]

const block = (more: object) => user([more])

const MESSAGES_FIELDS: readonly Wrong[] = [
  ['messages', { messages: undefined }],
  ['messages', { messages: 'hello' }],
  ['messages', { messages: null }],
  ['messages', { messages: [7] }],
  ['messages', { messages: [{}] }],
  ['role', { messages: [{ role: 'king', content: 'x' }] }],
  ['role', { messages: [{ role: 'hasOwnProperty', content: 'x' }] }],
  ['content', user(7)],
  ['content', user(null)],
  ['content', user([7])],
  ['text', block({ type: 'text', text: 7 })],
  ['text', block({ type: 'text' })],
  ['source', block({ type: 'image', source: 7 })],
  ['data', block({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 7 } })],
  ['tool_use_id', block({ type: 'tool_result', content: 'x' })],
  ['content', block({ type: 'tool_result', tool_use_id: 'a', content: 7 })],
  [
    'name',
    { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', input: {} }] }] },
  ],
  [
    'input',
    {
      messages: [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: 7 }] },
      ],
    },
  ],
  ['thinking', { messages: [{ role: 'assistant', content: [{ type: 'thinking', thinking: 7 }] }] }],
  ['system', { system: 7 }],
  ['system', { system: [7] }],
  ['system', { system: [{ type: 'text', text: 7 }] }],
  ['max_tokens', { max_tokens: 'many' }],
  ['max_tokens', { max_tokens: undefined }],
  ['temperature', { temperature: 'hot' }],
  ['top_p', { top_p: {} }],
  ['stop_sequences', { stop_sequences: 'x' }],
  ['stop_sequences', { stop_sequences: [7] }],
  ['tools', { tools: 'x' }],
  ['tools', { tools: [7] }],
  ['name', { tools: [{ input_schema: {} }] }],
  ['input_schema', { tools: [{ name: 'f', input_schema: 7 }] }],
  ['tool_choice', { tool_choice: 'auto' }],
  ['name', { tool_choice: { type: 'tool' } }],
  ['thinking', { thinking: 7 }],
  ['budget_tokens', { thinking: { type: 'enabled', budget_tokens: 'x' } }],
  ['output_config', { output_config: 7 }],
  ['effort', { output_config: { effort: 7 } }],
  ['metadata', { metadata: 7 }],
]

describe.each([
  ['chat, translated', CHAT, CLAUDE, CHAT_FIELDS],
  ['chat, to the demo', CHAT, 'demo/echo', CHAT_FIELDS.filter(([field]) => field !== 'n')],
  ['messages, translated', MESSAGES, GPT, MESSAGES_FIELDS],
  ['messages, to the demo', MESSAGES, 'demo/echo', MESSAGES_FIELDS],
] as const)('on %s', (_name, path, model, fields) => {
  it.each(fields.map(([field, more]) => [field, JSON.stringify(more), more] as const))(
    'names %s, refusing %s',
    async (field, _body, more) => {
      const { sluice, upstream } = await startAll()
      const body =
        path === CHAT ? chatBody('hi', { model, ...more }) : messagesBody('hi', { model, ...more })
      const received = await sluice.send(path, { body })
      const message = expectRefusal(path, received)
      expect(path === CHAT ? (errorOf(received).param ?? '') : message).toContain(field)
      expect(callsOf(upstream)).toHaveLength(0)
    },
  )
})

describe('a field that no protocol knows', () => {
  it.each([
    [
      'a part',
      CHAT,
      chatBody('hi', {
        messages: [
          {
            role: 'user',
            content: [{ type: 'text', text: 'hi' }, { type: 'hologram' }, { type: 'constructor' }],
          },
        ],
      }),
    ],
    ['a choice of tools', CHAT, chatBody('hi', { tool_choice: 'sometimes' })],
    [
      'a block',
      MESSAGES,
      messagesBody('hi', {
        messages: [
          {
            role: 'user',
            content: [{ type: 'text', text: 'hi' }, { type: 'hologram' }, { type: '__proto__' }],
          },
        ],
      }),
    ],
    ['a way to think', MESSAGES, messagesBody('hi', { thinking: { type: 'deep' } })],
    [
      'a field',
      MESSAGES,
      messagesBody('hi', { ['__proto__' as string]: 1, constructor: { name: 'x' }, new_field: [] }),
    ],
  ])('is not a reason to refuse %s', async (_what, path, body) => {
    const sluice = await sluiceForTest({ demo: { paceMs: 0 } })
    expect((await sluice.send(path, { body: { ...body, model: 'demo/echo' } })).status).toBe(200)
  })
})

describe('an unknown way in', () => {
  it.each([
    ['GET', CHAT, 405],
    ['DELETE', MESSAGES, 405],
    ['PUT', RESPONSES, 405],
    ['POST', '/v1/models', 405],
    ['PATCH', '/v1/models/x', 405],
    ['GET', '/v1/nothing', 404],
    ['POST', '/v1/chat/completions/', 404],
    ['POST', '/v1/v1/chat/completions', 404],
    ['POST', '/v1/messages/batches', 404],
    ['POST', '//v1/messages', 404],
    ['GET', '/', 405],
    ['GET', '/v1/models/%E0%A4%A', 404],
    ['GET', '/__proto__', 404],
    ['POST', '/v1/constructor', 404],
    ['TRACE', CHAT, 405],
    ['OPTIONS', CHAT, 405],
    ['PROPFIND', '/v1', 404],
  ])('%s %s is refused', async (method, path, status) => {
    const sluice = await sluiceForTest({ demo: {} })
    const received = await sluice.send(path, { method, headers: { 'content-length': '0' } })
    expect(received.status).toBe(status)
    expect('allow' in received.headers).toBe(status === 405)
    const check = path.includes('/messages') ? checkMessagesError : checkChatError
    expect(check(received.json)).toEqual([])
  })

  it('is refused in full to a client that is still sending a large body', async () => {
    const sluice = await sluiceForTest({ keys: ['secret'], demo: {} })
    const body = 'x'.repeat(8 * 1024 * 1024)
    for (const [path, status] of [
      ['/v1/nothing', 401],
      [MESSAGES, 401],
    ] as const)
      expect((await sluice.send(path, { body })).status).toBe(status)
  })
})

describe('a model name', () => {
  it.each([
    ['with line breaks', 'demo/a\r\nx-evil: 1'],
    ['with a NUL', 'demo/a\0b'],
    ['beyond latin-1', 'demo/模型'],
    ['with an emoji where the header ends', `demo/${'a'.repeat(250)}😀😀`],
    ['with half a surrogate pair', 'demo/\ud83d'],
    ['that is very long', `demo/${'%'.repeat(4_000)}`],
  ])('%s does no harm to the headers', async (_what, model) => {
    const sluice = await sluiceForTest({ demo: {} })
    const { status, headers } = await sluice.send(CHAT, { body: chatBody('hi', { model }) })
    expect([200, 404]).toContain(status)
    expect(headers['x-evil']).toBeUndefined()
    expect(headers['x-sluice-model']).toMatch(/^[\x21-\x7e]+$/)
  })
})

it('answers the next call after any previous one', async () => {
  const { sluice } = await startAll()
  const client = await openRawClient(sluice.url)
  for (const body of [
    '',
    '{',
    '{"model":7}',
    JSON.stringify(chatBody('x', { model: 'demo/echo' })),
  ])
    client.write(toRequest(CHAT, body))
  await within(PATIENCE_MS, 'the answers', client.until('HTTP/1.1 200'))
  client.socket.destroy()
  await within(PATIENCE_MS, 'the connection closes', client.closed)
})
