/** Every call, of whatever kind, comes to one settlement. */
import { describe, expect, it } from 'vitest'
import { createMemoryAccount } from '#access'
import type { Settlement } from '#model'
import { createCallRecord } from '../../../src/gateway/record/create-call-record.ts'
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
import { isCall } from '../../tools/app/start-sluice.ts'
import { startSettled, startSettledRealtime } from '../../tools/gateway/settled-house.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'

const usage = { input: 90, output: 9 }
const EMBEDDINGS = '/v1/embeddings'
const EMBEDDING = 'text-embedding-3-small'

const QUESTION = { model: CLAUDE, messages: [{ role: 'user', content: 'hello' }] }

const KINDS: [string, string, object, Partial<Settlement>][] = [
  [
    'a relayed answer',
    CHAT,
    chatBody(),
    { lane: 'relay', protocol: 'openai-chat', target: { provider: 'openai', model: GPT } },
  ],
  ['a relayed stream', MESSAGES, messagesBody('x', { stream: true }), { lane: 'relay' }],
  [
    'a translated answer',
    CHAT,
    chatBody('x', { model: CLAUDE }),
    { lane: 'translate', protocol: 'anthropic-messages' },
  ],
  [
    'a translated stream',
    MESSAGES,
    messagesBody('x', { model: GPT, stream: true }),
    { lane: 'translate', target: { provider: 'openai', model: GPT } },
  ],
  ['a count at the upstream', `${MESSAGES}/count_tokens`, QUESTION, { lane: 'relay' }],
  [
    'a count here',
    `${MESSAGES}/count_tokens`,
    { ...QUESTION, model: GPT },
    { lane: undefined, target: { provider: 'openai', model: GPT } },
  ],
  ['vectors', EMBEDDINGS, { model: EMBEDDING, input: 'x' }, { lane: 'relay' }],
  [
    'vectors in several requests',
    EMBEDDINGS,
    { model: EMBEDDING, dimensions: 4, input: Array.from({ length: 2100 }, (_, at) => `${at}`) },
    { lane: 'relay' },
  ],
  [
    'a compaction at the upstream',
    `${RESPONSES}/compact`,
    { model: GPT, input: 'x' },
    { lane: 'relay' },
  ],
  [
    'a compaction by a summary',
    `${RESPONSES}/compact`,
    { model: CLAUDE, input: 'x' },
    { lane: 'translate' },
  ],
]

it('a record is settled once, and says what the first settling said', () => {
  const settlements: Settlement[] = []
  const memory = createMemoryAccount({ maxBytes: 1e6, shared: false })
  const record = createCallRecord(
    { settlers: [(each) => void settlements.push(each)], memory },
    {
      requestId: 'req_1',
      caller: { id: 'caller' },
      route: 'POST /',
      body: Buffer.alloc(400),
    },
  )
  record.attempt('first', 'a')
  record.lane('relay', 'openai-chat')
  record.attempt('second', 'b')
  record.settle('upstream_broken', { usage: {}, outputCharacters: 40 })
  record.settle('ok')
  expect(settlements).toMatchObject([
    {
      callerId: 'caller',
      target: { provider: 'second', model: 'b' },
      lane: undefined,
      attempts: 2,
      outcome: 'upstream_broken',
      usage: { inputTokens: 100, outputTokens: 10, estimated: true },
    },
  ])
})

describe('one settlement is made of', () => {
  it.each(KINDS)('%s', async (_, path, body, settled) => {
    const { sluice, upstream, settlements } = await startSettled()
    if (path !== EMBEDDINGS) upstream.next({ parts: [{ text: 'one two' }], usage })
    const { status } = await sluice.send(path, { body })
    expect(status).toBe(200)
    await sluice.logged(isCall)
    expect(settlements).toEqual([
      expect.objectContaining({
        route: `POST ${path}`,
        callerId: 'anonymous',
        model: (body as { model: string }).model,
        attempts: 1,
        outcome: 'ok',
        status: undefined,
        ...settled,
      }),
    ])
    expect(settlements[0]?.usage.inputTokens).toBeGreaterThan(0)
    expect(sluice.log.filter(isCall)).toHaveLength(1)
  })

  it('an answer of a model in this process, complete or streamed', async () => {
    const { sluice, settlements } = await startSettled({ demo: { paceMs: 0 } })
    for (const stream of [false, true])
      await sluice.send(CHAT, { body: chatBody('x', { model: 'demo/demo', stream }) })
    await sluice.logged(() => settlements.length === 2)
    for (const each of settlements)
      expect(each).toMatchObject({ lane: 'translate', protocol: 'local', outcome: 'ok' })
  })

  it('a call that is answered in the background', async () => {
    const { sluice, settlements } = await startSettled()
    const body = responsesBody('x', { model: CLAUDE, background: true })
    expect((await sluice.send(RESPONSES, { body })).json.status).toBe('queued')
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'ok', lane: 'translate', attempts: 1 }])
  })

  it('each visit to an earlier response, of which none costs anything', async () => {
    const { sluice, settlements } = await startSettled()
    const { json } = await sluice.send(RESPONSES, { body: responsesBody() })
    const path = `${RESPONSES}/${String(json.id)}`
    await sluice.send(path)
    await sluice.send(`${path}/input_items`)
    await sluice.send(path, { method: 'DELETE' })
    expect(settlements).toHaveLength(4)
    for (const each of settlements.slice(1))
      expect(each).toMatchObject({
        lane: 'relay',
        target: { provider: 'openai', model: GPT },
        attempts: 1,
        usage: { inputTokens: 0, outputTokens: 0, estimated: false },
        outcome: 'ok',
      })
  })

  it('a realtime conversation, at its end', async () => {
    const { sluice, settlements } = await startSettledRealtime()
    const client = await openClient(sluice.url, '/v1/realtime?model=gpt-realtime')
    await client.until('the session', ({ type }) => type === 'session.created')
    expect(settlements).toEqual([])
    client.socket.close()
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([
      {
        route: 'WS /v1/realtime',
        protocol: 'realtime',
        target: { provider: 'openai', model: 'gpt-realtime' },
        outcome: 'ok',
      },
    ])
  })

  it.each([
    ['a call that is not valid', '{', { outcome: 'invalid_request', status: 400, attempts: 0 }],
    [
      'a call that its upstream refuses',
      { model: `openai/${GPT}` },
      { outcome: 'upstream_rejected', status: 400, attempts: 1, lane: 'relay' },
    ],
  ] as const)('%s', async (_, body, settled) => {
    const { sluice, settlements } = await startSettled()
    await sluice.send(CHAT, { body })
    expect(settlements).toEqual([expect.objectContaining(settled)])
    expect(settlements[0]?.usage).toMatchObject({ inputTokens: 0, outputTokens: 0 })
  })

  it('a call that was tried in vain, with all its attempts', async () => {
    const { sluice, upstream, settlements } = await startSettled()
    for (let at = 0; at < 3; at++) upstream.next({ fault: { status: 503 } })
    await sluice.send(CHAT, { body: chatBody() })
    expect(settlements).toMatchObject([{ outcome: 'upstream_overloaded', attempts: 3 }])
  })

  it('a stream that is cut off, with the cost of what came', async () => {
    const { sluice, upstream, settlements } = await startSettled()
    upstream.next({ parts: [{ text: 'word '.repeat(400) }], fault: { cutAfterEvents: 200 } })
    await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'upstream_broken', usage: { estimated: true } }])
    expect(settlements[0]?.usage.outputTokens).toBeGreaterThan(100)
  })

  it('a call that its client leaves', async () => {
    const { sluice, upstream, settlements } = await startSettled()
    upstream.next({ fault: { stallAfterEvents: 0 } })
    const leaving = new AbortController()
    const gone = fetch(sluice.url + CHAT, {
      method: 'POST',
      signal: leaving.signal,
      body: JSON.stringify(chatBody('x', { stream: true })),
    }).catch(() => undefined)
    while (upstream.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    leaving.abort()
    await gone
    await sluice.logged(isCall)
    expect(settlements).toMatchObject([{ outcome: 'client_left', usage: { estimated: true } }])
  })
})
