/** No answer crosses callers, or reaches a call that differs in anything that may change it. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GatewayCall } from '#gateway'
import { anthropicMessages, gemini, openaiChat } from '#protocols'
import { keyOf } from '../../../src/gateway/cache/cache-key.ts'
import { toUpstreamHeaders } from '../../../src/gateway/lanes/relay-headers.ts'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { startCached } from '../../tools/gateway/cached-house.ts'

/** Every field is there once, so that each can be changed. */
const FULL = {
  model: GPT,
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'hello' }] },
  ],
  tools: [
    {
      type: 'function',
      function: {
        name: 'look_up',
        description: 'Looks it up.',
        parameters: { type: 'object', properties: { word: { type: 'string' } }, required: [] },
      },
    },
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  temperature: 0.5,
  top_p: 0.5,
  max_completion_tokens: 100,
  n: 1,
  seed: 42,
  stop: ['one', 'two'],
  presence_penalty: 0,
  frequency_penalty: 0,
  logprobs: false,
  logit_bias: { 50256: -100 },
  response_format: { type: 'text' },
  user: 'somebody',
  metadata: { trace: 'a' },
  service_tier: 'auto',
  reasoning_effort: 'low',
  prompt_cache_key: 'key',
  stream: true,
  stream_options: { include_usage: true },
  a_field_of_tomorrow: null,
}

type Path = readonly (string | number)[]

/** The place of every value in it. */
const pathsOf = (value: unknown, at: Path = []): Path[] => {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, each]) =>
          pathsOf(each, [...at, Array.isArray(value) ? Number(key) : key]),
        )
      : []
  return at.length === 0 ? inner : [at, ...inner]
}

const changed = (value: unknown, [key, ...rest]: Path, to: unknown): unknown => {
  if (key === undefined) return to
  if (Array.isArray(value))
    return value.map((each, at) => (at === key ? changed(each, rest, to) : each))
  const object = value as Record<string, unknown>
  return { ...object, [key]: changed(object[key], rest, to) }
}

const TARGET = { provider: { name: 'openai' }, model: GPT } as never
const CALL = {
  requestId: 'req_1',
  route: 'POST /v1/chat/completions',
  protocol: openaiChat,
  toPath: () => '/chat/completions',
  caller: { id: 'one' },
  body: Buffer.from(JSON.stringify(FULL)),
  rawHeaders: ['Accept', 'application/json', 'anthropic-beta', 'a', 'OpenAI-Beta', 'b'],
  query: '?version=1',
  signal: undefined as never,
} satisfies GatewayCall

const nameOf = (call: Partial<GatewayCall>, targets = [TARGET]): string | undefined =>
  keyOf({ ...CALL, ...call }, targets)

const KEY = nameOf({})

/** What docs/cache.md says of headers that do not count. */
const SAYS_NOTHING =
  /^(user-agent|accept-(encoding|language)|cache-control|pragma|content-type|date|dnt|priority|trace(parent|state)|baggage|(x-)?idempotency-key|x-(request|client-request|correlation)-id|(x-stainless|sec)-.*)$/

describe('the name of an answer', () => {
  it('is a hash', () => expect(KEY).toMatch(/^[0-9a-f]{64}$/))

  it.each(pathsOf(FULL).map((path) => [path.join('.'), path] as const))(
    'differs with %s',
    (_, path) => {
      for (const to of ['another', 7, { a: [] }]) {
        const body = Buffer.from(JSON.stringify(changed(FULL, path, to)))
        expect(nameOf({ body })).not.toBe(KEY)
      }
    },
  )

  it.each(Object.keys(FULL))('differs without %s', (key) => {
    const body = Buffer.from(JSON.stringify({ ...FULL, [key]: undefined }))
    expect(nameOf({ body })).not.toBe(KEY)
  })

  it.each<[string, Partial<GatewayCall>]>([
    ['the caller', { caller: { id: 'two' } }],
    ['the user of a caller', { caller: { id: 'one', userId: 'ann' } }],
    ['the route', { route: 'POST /v1/completions' }],
    ['the protocol', { protocol: anthropicMessages }],
    ['the protocol of the body', { askedIn: openaiChat }],
    ['the model in the path', { named: { model: GPT, stream: false } }],
    ['the stream in the path', { named: { model: GPT, stream: true } }],
    ['the query', { query: '?version=2' }],
    ['no query', { query: '' }],
    ['a header that is added', { rawHeaders: [...CALL.rawHeaders, 'x-of-tomorrow', '1'] }],
    ['a header that is twice there', { rawHeaders: [...CALL.rawHeaders, 'accept', '*/*'] }],
  ])('differs with %s', (_, call) => expect(nameOf(call)).not.toBe(KEY))

  it.each([1, 3, 5])('differs with the value of the header at %i', (at) => {
    const rawHeaders = CALL.rawHeaders.map((each, index) => (index === at ? 'another' : each))
    expect(nameOf({ rawHeaders })).not.toBe(KEY)
  })

  it('differs with every other header that is forwarded', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,12}(-[a-z]{1,12}){0,3}$/), (name) => {
        fc.pre(!CALL.rawHeaders.some((each) => each.toLowerCase() === name))
        fc.pre(toUpstreamHeaders([name, '1']).includes(name) && !SAYS_NOTHING.test(name))
        expect(nameOf({ rawHeaders: [...CALL.rawHeaders, name, '1'] })).not.toBe(KEY)
      }),
    )
  })

  it('differs with the address of a provider', () => {
    const at = (origin: string) =>
      nameOf({}, [{ provider: { kind: 'http', name: 'openai', origin }, model: GPT } as never])
    expect(at('https://one.example')).not.toBe(at('https://two.example'))
    expect(at('https://one.example')).toBe(at('https://one.example'))
  })

  it('differs with the targets, and not with their order', () => {
    const other = { provider: { name: 'azure' }, model: GPT } as never
    expect(nameOf({}, [other])).not.toBe(KEY)
    expect(nameOf({}, [TARGET, other])).not.toBe(KEY)
    expect(nameOf({}, [TARGET, other])).toBe(nameOf({}, [other, TARGET]))
  })

  it('keeps apart a caller and its user from another caller', () => {
    const names = [{ id: 'a', userId: 'b c' }, { id: 'a b', userId: 'c' }, { id: 'a' }]
    expect(new Set(names.slice(0, 1).map((caller) => nameOf({ caller }))).size).toBe(1)
    expect(nameOf({ caller: { id: 'a' } })).not.toBe(nameOf({ caller: { id: 'a', userId: 'b' } }))
  })

  it.each([
    ['user-agent', 'another/2'],
    ['x-stainless-retry-count', '1'],
    ['x-request-id', 'req_2'],
    ['traceparent', '00-1-1-00'],
    ['idempotency-key', 'one'],
    ['cache-control', 'no-cache'],
    ['authorization', 'Bearer another'],
    ['x-sluice-tags', 'a,b'],
    ['connection', 'close'],
    ['content-length', '12'],
    ['origin', 'https://example.com'],
  ])('does not differ with %s', (name, value) => {
    expect(nameOf({ rawHeaders: [...CALL.rawHeaders, name, value] })).toBe(KEY)
  })

  it('does not differ with the order and the case of header names', () => {
    const rawHeaders = ['openai-beta', 'b', 'Anthropic-Beta', 'a', 'ACCEPT', 'application/json']
    expect(nameOf({ rawHeaders })).toBe(KEY)
  })

  it('is not made for a body that is no JSON', () => {
    expect(nameOf({ protocol: gemini, body: Buffer.from('{"a":nothing here}') })).toBeUndefined()
  })
})

describe('an answer', () => {
  const start = async () => {
    const house = await startCached({
      keys: ['key-one', 'key-two'].map((key) => ({ key, owner: 'team' })),
      aliases: [{ name: 'mine', targets: [`openai/${GPT}`] }],
    })
    const send = async (
      headers: Record<string, string> = {},
      body: object = chatBody(),
      path = CHAT,
    ) => {
      const { status, headers: got } = await house.sluice.send(path, {
        body,
        headers: { authorization: 'Bearer key-one', ...headers },
      })
      expect(status).toBe(200)
      return got['x-sluice-cache']
    }
    return { ...house, send }
  }

  it.each<[string, Record<string, string>, object?, string?]>([
    ['another key of the same owner', { authorization: 'Bearer key-two' }],
    ['a user of the key', { 'x-user-id': 'ann' }],
    ['another model', {}, chatBody('hello', { model: `openai/${GPT}-mini` })],
    ['another name of the model', {}, chatBody('hello', { model: 'mine' })],
    ['a stream', {}, chatBody('hello', { stream: true })],
    ['another text', {}, chatBody('hello ')],
    ['another field', {}, chatBody('hello', { temperature: 0 })],
    ['another header', { 'openai-beta': 'assistants=v2' }],
    ['a beta of Messages', { 'anthropic-beta': 'context-1m-2025-08-07' }],
    ['another version of Messages', { 'anthropic-version': '2023-01-01' }],
    ['another session', { 'x-session-id': 'two' }],
    ['another accepted type', { accept: 'text/event-stream' }],
    ['another query', {}, undefined, `${CHAT}?version=2`],
    ['another route', {}, messagesBody('hello', { model: CLAUDE }), MESSAGES],
  ])('does not reach %s', async (_, headers, body, path) => {
    const { upstream, send } = await start()
    expect(await send()).toBe('miss')
    expect(await send(headers, body, path)).toBe('miss')
    expect(callsOf(upstream)).toHaveLength(2)
    expect(await send(headers, body, path)).toBe('hit')
    expect(await send()).toBe('hit')
    expect(callsOf(upstream)).toHaveLength(2)
  })

  it('does not reach a key that has ended', async () => {
    const { sluice } = await startCached({
      keys: [{ key: 'key-one', expiresAtMs: Date.now() + 700 }],
    })
    const send = () =>
      sluice.send(CHAT, { body: chatBody(), headers: { authorization: 'Bearer key-one' } })
    expect((await send()).status).toBe(200)
    await expect.poll(async () => (await send()).status).toBe(401)
  })
})
