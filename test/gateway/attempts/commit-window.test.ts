/** A stream that fails before anything of its answer has arrived is tried elsewhere, as an answer that is not streamed is. */
import { describe, expect, it } from 'vitest'
import type { ProviderOptions } from '#app'
import { chatBody, CLAUDE, GPT, responsesBody } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, upstreamForTest } from '../../tools/app/house.ts'
import { anthropicAt, geminiAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import {
  checkChatStream,
  checkCompletionsStream,
  checkGeminiStream,
  checkMessagesStream,
  checkResponsesStream,
} from '../../tools/checkers/index.ts'
import { ask as askIn } from '../../tools/gateway/settled-house.ts'
import { isError, openClient } from '../../tools/server/websocket/open-client.ts'
import type { Answer, Fault } from '../../tools/upstream/answers/answer.ts'

type Vendor = (url: string) => ProviderOptions

const completionsAt: Vendor = (url) => ({ ...openaiAt(url), protocols: ['openai-completions'] })

const MODELS = new Map<Vendor, string>([
  [openaiAt, GPT],
  [completionsAt, 'gpt-3.5-turbo-instruct'],
  [anthropicAt, CLAUDE],
  [geminiAt, 'gemini-2.5-pro'],
])

/** The alias `pair` leads to one vendor, and then to another. */
const startPair = async (first: Vendor, second: Vendor, patienceMs = 100) => {
  const upstream = await upstreamForTest({ reply: () => ({ parts: [{ text: 'It works.' }] }) })
  const { url } = upstream
  const sluice = await sluiceForTest({
    providers: [
      // Nobody wants to wait for an answer that never comes.
      { ...first(url), name: 'ill', deadlines: { firstEventMs: patienceMs } },
      { ...second(url), name: 'well' },
    ],
    aliases: [
      { name: 'pair', targets: [`ill/${MODELS.get(first)}`, `well/${MODELS.get(second)}`] },
    ],
  })
  return { upstream, sluice }
}

const COMPLETIONS = {
  path: '/v1/completions',
  body: { model: 'pair', prompt: 'hello', stream: true },
}

interface Way {
  readonly client: string
  readonly first: Vendor
  readonly second: Vendor
  /** The events before the first that has something of the answer. */
  readonly announced: number
  readonly check: (bytes: Buffer) => string[]
}

const WAYS: readonly [string, Way][] = [
  [
    'Chat, relayed',
    { client: 'Chat', first: openaiAt, second: anthropicAt, announced: 1, check: checkChatStream },
  ],
  [
    'Chat, translated',
    { client: 'Chat', first: anthropicAt, second: openaiAt, announced: 1, check: checkChatStream },
  ],
  [
    'Messages, relayed',
    {
      client: 'Messages',
      first: anthropicAt,
      second: openaiAt,
      announced: 1,
      check: checkMessagesStream,
    },
  ],
  [
    'Messages, translated',
    {
      client: 'Messages',
      first: openaiAt,
      second: anthropicAt,
      announced: 1,
      check: checkMessagesStream,
    },
  ],
  [
    'Responses, relayed',
    {
      client: 'Responses',
      first: openaiAt,
      second: anthropicAt,
      announced: 2,
      check: checkResponsesStream,
    },
  ],
  [
    'Responses, translated',
    {
      client: 'Responses',
      first: anthropicAt,
      second: openaiAt,
      announced: 1,
      check: checkResponsesStream,
    },
  ],
  [
    'Gemini, relayed',
    { client: 'Gemini', first: geminiAt, second: openaiAt, announced: 0, check: checkGeminiStream },
  ],
  [
    'Gemini, translated',
    {
      client: 'Gemini',
      first: anthropicAt,
      second: geminiAt,
      announced: 1,
      check: checkGeminiStream,
    },
  ],
  [
    'Completions, relayed',
    {
      client: 'Completions',
      first: completionsAt,
      second: anthropicAt,
      announced: 0,
      check: checkCompletionsStream,
    },
  ],
]

const askOf = ({ client }: Way) =>
  client === 'Completions' ? COMPLETIONS : askIn(client, 'pair', true)

const FAULTS: readonly [string, (events: number) => Fault][] = [
  ['reports an error', (events) => ({ errorAfterEvents: events })],
  ['ends', (events) => ({ endAfterEvents: events })],
  ['is cut off', (events) => ({ cutAfterEvents: events })],
  ['brings garbage', (events) => ({ garbleAfterEvents: events })],
  ['falls silent', (events) => ({ stallAfterEvents: events })],
]

const broken = (fault: Fault): Answer => ({
  parts: [{ text: 'Unwanted words, some of them.' }],
  fault,
})

describe.each(WAYS)('%s, a stream', (_, way) => {
  it.each(FAULTS)('that %s before its answer costs no call', async (_fault, faultAfter) => {
    const { upstream, sluice } = await startPair(way.first, way.second)
    for (let events = 0; events <= way.announced; events++) {
      upstream.next(broken(faultAfter(events)))
      const { path, body } = askOf(way)
      const { status, headers, bytes, text } = await sluice.send(path, { body })
      expect([status, headers['x-sluice-attempts']], text).toEqual([200, '2'])
      expect(headers['x-sluice-target']).toMatch(/^well\//)
      expect(way.check(bytes)).toEqual([])
      expect(text).not.toContain('Unwanted')
      expect(text).not.toContain('"error":{')
    }
    expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'ok', attempts: 2 })
  })

  it('that breaks off in its answer ends with an error', async () => {
    const { upstream, sluice } = await startPair(way.first, way.second)
    upstream.next(broken({ cutAfterEvents: way.announced + 3 }))
    const { path, body } = askOf(way)
    const { headers } = await sluice.send(path, { body })
    expect(headers['x-sluice-target']).toMatch(/^ill\//)
    expect(callsOf(upstream)).toHaveLength(1)
  })
})

it('an answer without a word is an answer', async () => {
  const { upstream, sluice } = await startPair(openaiAt, anthropicAt)
  for (const client of ['Chat', 'Responses']) {
    upstream.next({ parts: [] })
    const { path, body } = askIn(client, 'pair', true)
    const { headers } = await sluice.send(path, { body })
    expect(headers['x-sluice-attempts']).toBe('1')
  }
})

it('a background response begins when it is announced, since its client can return to it', async () => {
  const { upstream, sluice } = await startPair(openaiAt, anthropicAt)
  upstream.next(broken({ cutAfterEvents: 2 }))
  const body = responsesBody('x', { model: 'pair', stream: true, background: true })
  const { text } = await sluice.send('/v1/responses', { body })
  expect(text).toContain('response.created')
  expect(callsOf(upstream)).toHaveLength(1)
})

it('a stream that only keeps the connection open is not held without a bound', async () => {
  const { upstream, sluice } = await startPair(anthropicAt, openaiAt, 60_000)
  const ping = 'event: ping\ndata: {"type":"ping"}\n\n'.repeat(2_000)
  upstream.next({ fault: { rawBytes: Array.from({ length: 40 }, () => Buffer.from(ping)) } })
  const { path, body } = askIn('Messages', 'pair', true)
  const { headers, text } = await sluice.send(path, { body })
  expect(headers['x-sluice-attempts']).toBe('1')
  expect(text).toContain('"type":"error"')
})

it('a failure that is announced is tried again if there is no other target', async () => {
  const { upstream, sluice } = await startPair(openaiAt, anthropicAt)
  upstream.next(broken({ errorAfterEvents: 2 }))
  const body = responsesBody('x', { model: `ill/${GPT}`, stream: true })
  const { headers, text } = await sluice.send('/v1/responses', { body })
  expect(headers['x-sluice-attempts']).toBe('2')
  expect(text).toContain('It works')
})

it('a model in this process that fails before its answer is followed by the next target', async () => {
  const { url } = await upstreamForTest({ reply: () => ({ parts: [{ text: 'It works.' }] }) })
  const sluice = await sluiceForTest({
    demo: {},
    providers: [openaiAt(url)],
    aliases: [{ name: 'pair', targets: ['demo/demo', `openai/${GPT}`] }],
  })
  const { path, body } = askIn('Chat', 'pair', true, '[[cut 0]]')
  const { headers, bytes } = await sluice.send(path, { body })
  expect(headers['x-sluice-target']).toBe(`openai/${GPT}`)
  expect(checkChatStream(bytes)).toEqual([])
})

describe('on a socket', () => {
  it.each([
    ['/ws', { id: 'a', ...chatBody('hello', { model: 'pair' }) }, 'done'],
    [
      '/v1/responses',
      { type: 'response.create', ...responsesBody('hello', { model: 'pair' }) },
      'response.completed',
    ],
  ])('%s, the same holds', async (path, frame, end) => {
    const { upstream, sluice } = await startPair(openaiAt, anthropicAt)
    const client = await openClient(sluice.url, path)
    for (const [, faultAfter] of FAULTS) {
      upstream.next(broken(faultAfter(1)))
      client.frames.length = 0
      client.send(frame)
      const last = await client.until('an end', (each) => isError(each) || each.type === end)
      expect(last.type).toBe(end)
    }
    expect(callsOf(upstream)).toHaveLength(2 * FAULTS.length)
  })
})
