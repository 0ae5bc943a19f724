/** Our key reaches no client by way of a failure, however it is spelled and wherever it is written. */
import { createServer } from 'node:http'
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
import { listenForTest, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { anthropicAt, openaiAt } from '../../tools/app/start-sluice.ts'
import { within } from '../../tools/app/within.ts'
import { openClient, refusedClient } from '../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'

const KEY = 'nvapi-up/stream+open=ai'

const escapeAll = (text: string, toHex = (hex: string) => hex): string =>
  [...text].map((each) => `\\u${toHex(each.charCodeAt(0).toString(16).padStart(4, '0'))}`).join('')

/** As they are inside a JSON string. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ['plain', KEY],
  ['with a slash that is escaped', KEY.replace('/', '\\/')],
  ['as escapes', escapeAll(KEY)],
  ['as escapes in capitals', escapeAll(KEY, (hex) => hex.toUpperCase())],
  ['with one escape', KEY.replace('v', '\\u0076')],
  ['as escapes in JSON in JSON', escapeAll(KEY).replaceAll('\\', '\\\\')],
  ['as a part of a URL', encodeURIComponent(KEY)],
  ['in base64', Buffer.from(`user:${KEY}`).toString('base64')],
]

/** What a reader makes of it who undoes every escape. */
const leaks = (text: string): boolean => {
  const plain = text
    .replaceAll(/\\{1,2}u([0-9a-f]{4})/gi, (_, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    )
    .replaceAll('\\/', '/')
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  const decoded = [...text.matchAll(/[\w+/]{16,}/g)].map(([word]) =>
    Buffer.from(word, 'base64').toString('latin1'),
  )
  return [plain, ...decoded].some((each) => each.includes(KEY))
}

const startKeyed = () =>
  startHouse({
    retry: { retries: 0, baseMs: 1 },
    upstream: { keys: { openai: KEY, anthropic: KEY } },
    openai: { apiKey: KEY },
    anthropic: { apiKey: KEY },
  })

type Ask = readonly [what: string, path: string, body: object]

const asks = (stream: boolean): readonly Ask[] => [
  ['chat, relayed', CHAT, chatBody('x', { model: GPT, stream })],
  ['chat, translated', CHAT, chatBody('x', { model: CLAUDE, stream })],
  ['messages, relayed', MESSAGES, messagesBody('x', { model: CLAUDE, stream })],
  ['messages, translated', MESSAGES, messagesBody('x', { model: GPT, stream })],
  ['responses, relayed', RESPONSES, responsesBody('x', { model: GPT, stream })],
  ['responses, translated', RESPONSES, responsesBody('x', { model: CLAUDE, stream })],
]

const QUIET: readonly Ask[] = [
  ['vectors', '/v1/embeddings', { model: 'text-embedding-3-small', input: 'x' }],
  ['a count', `${MESSAGES}/count_tokens`, { model: CLAUDE, messages: messagesBody().messages }],
  [
    'Gemini’s clients',
    `/v1beta/models/${GPT}:generateContent`,
    { contents: [{ role: 'user', parts: [{ text: 'x' }] }] },
  ],
]

const errorOf = (spelling: string): string =>
  `{"type":"error","error":{"type":"authentication_error","message":"No: ${spelling}.","param":"${spelling}","code":"${spelling}","details":[{"x":"${spelling}"}]}}`

describe.each(SPELLINGS)('our key %s', (_, spelling) => {
  it.each([...asks(false), ...asks(true)])('is not in a refusal: %s', async (_w, path, body) => {
    const { sluice, upstream } = await startKeyed()
    upstream.next({
      headers: { 'x-debug': spelling.replaceAll('\\\\', '\\'), 'x-request-id': KEY },
      fault: { status: 401, body: errorOf(spelling) },
    })
    const { status, text, headers } = await sluice.send(path, { body })
    expect(status).toBe(401)
    expect(leaks(text)).toBe(false)
    expect(leaks(JSON.stringify(headers))).toBe(false)
  })

  it.each(asks(true))(
    'is not in an error in mid-stream, however it is cut: %s',
    async (_w, path, body) => {
      for (const size of [11, 61, 10_000]) {
        const { sluice, upstream } = await startKeyed()
        const name = path === CHAT || path === MESSAGES ? 'error' : 'error'
        const event = `event: ${name}\r\ndata: ${errorOf(spelling)}\r\n\r\n`
        const bytes = Buffer.from(`: hello\n\n${event}`)
        const rawBytes = Array.from({ length: Math.ceil(bytes.length / size) }, (_each, at) =>
          bytes.subarray(at * size, (at + 1) * size),
        )
        upstream.next({ fault: { rawBytes } })
        const { text } = await sluice.send(path, { body })
        expect(leaks(text)).toBe(false)
      }
    },
  )

  it('is not in half an error', async () => {
    const { sluice, upstream } = await startKeyed()
    const start =
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}\n\n'
    const half = errorOf(spelling).slice(0, -40)
    upstream.next({ fault: { rawBytes: [Buffer.from(start), Buffer.from(`data: ${half}`)] } })
    const { text } = await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    expect(text).toContain('Hi')
    expect(leaks(text)).toBe(false)
  })

  it('is not in an error with a status of success', async () => {
    const { sluice, upstream } = await startKeyed()
    const rawBytes = [Buffer.from(errorOf(spelling))]
    upstream.next({ fault: { rawBytes, contentType: 'application/json' } })
    const { text } = await sluice.send(CHAT, { body: chatBody() })
    expect(leaks(text)).toBe(false)
  })

  it.each(asks(false))(
    'is not in events that nobody asked for, nor in half an object: %s',
    async (_w, path, body) => {
      const { sluice, upstream } = await startKeyed()
      for (const [text, contentType] of [
        [`event: error\ndata: ${errorOf(spelling)}\n\n`, 'text/event-stream'],
        [`[${errorOf(spelling)}]`, 'application/json'],
        [errorOf(spelling).slice(0, -1), 'application/json'],
      ] as const) {
        upstream.next({ fault: { rawBytes: [Buffer.from(text)], contentType } })
        const answer = await sluice.send(path, { body })
        expect(leaks(answer.text)).toBe(false)
      }
    },
  )

  it.each([
    ['/ws', { id: 'a', ...chatBody('x', { model: GPT }) }],
    ['/ws', { id: 'a', ...chatBody('x', { model: CLAUDE }) }],
    ['/v1/responses', { type: 'response.create', ...responsesBody('x', { model: GPT }) }],
    ['/v1/responses', { type: 'response.create', ...responsesBody('x', { model: CLAUDE }) }],
  ])('is not in a frame of %s', async (path, frame) => {
    const { sluice, upstream } = await startKeyed()
    const client = await openClient(sluice.url, path)
    upstream.next({ fault: { status: 401, body: errorOf(spelling) } })
    client.send(frame)
    await client.until('a refusal', (each) => each.error !== undefined)
    const rawBytes = [Buffer.from(`event: error\ndata: ${errorOf(spelling)}\n\n`)]
    upstream.next({ fault: { rawBytes } })
    client.send(frame)
    await client.until('an error', () => client.frames.length > 1)
    expect(client.frames.some((each) => leaks(JSON.stringify(each)))).toBe(false)
    client.socket.terminate()
  })

  it('is in no frame, header or close of a realtime conversation', async () => {
    const upstream = await startRealtime({ headers: [`x-debug: ${KEY}`] })
    const sluice = await sluiceForTest({ providers: [{ ...openaiAt(upstream.url), apiKey: KEY }] })
    const client = await openClient(sluice.url, '/v1/realtime?model=gpt-realtime')
    const raw: string[] = []
    client.socket.on('message', (data: Buffer) => raw.push(data.toString()))
    const closed = new Promise<string>((resolve) => {
      client.socket.once('close', (_code, reason: Buffer) => resolve(reason.toString()))
    })
    expect(leaks(JSON.stringify(client.headers))).toBe(false)
    upstream.sockets[0]?.send(errorOf(spelling))
    await client.until('the error', ({ error }) => error !== undefined)
    upstream.sockets[0]?.close(4000, spelling.slice(0, 120))
    expect(leaks(await within(30_000, 'the close', closed))).toBe(false)
    expect(raw.some(leaks)).toBe(false)
  })
})

it.each(QUIET)('our key is not in the refusal of other calls: %s', async (_, path, body) => {
  for (const status of [401, 200])
    for (const [, spelling] of SPELLINGS) {
      const url = await listenForTest(
        createServer((request, response) => {
          request.resume()
          response.writeHead(status, { 'content-type': 'application/json', 'x-debug': KEY })
          response.end(errorOf(spelling))
        }),
      )
      const sluice = await sluiceForTest({
        providers: [
          { ...openaiAt(url), apiKey: KEY },
          { ...anthropicAt(url), apiKey: KEY },
        ],
      })
      const { text, headers } = await sluice.send(path, { body })
      expect(text).toContain('error')
      expect(leaks(text + JSON.stringify(headers))).toBe(false)
    }
})

it('our key is not in the refusal of a realtime conversation', async () => {
  const body = errorOf(escapeAll(KEY))
  const upstream = await startRealtime({ answers: [{ status: 401, body }] })
  const sluice = await sluiceForTest({ providers: [{ ...openaiAt(upstream.url), apiKey: KEY }] })
  const refused = await refusedClient(sluice.url, '/v1/realtime?model=gpt-realtime')
  expect(leaks(JSON.stringify(refused))).toBe(false)
})

it('an answer that quotes it is not changed, neither complete nor streamed', async () => {
  const { sluice, upstream } = await startKeyed()
  for (const stream of [true, false]) {
    const parts = [{ text: `"error":{"x":1} ${KEY}` }]
    upstream.next({ parts })
    const { text } = await sluice.send(CHAT, { body: chatBody('x', { stream }) })
    expect(text).toContain(KEY.slice(0, 8))
    expect(text).not.toContain('[redacted]')
  }
})

it('events that arrive in pieces reach the client as they were sent', async () => {
  const { sluice, upstream } = await startKeyed()
  const chunk = (content: string) =>
    `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"${content}"},"finish_reason":null}]}`
  const bytes = Buffer.from(
    `${chunk('Grüße')}\n\n: beat\n${chunk('x'.repeat(200_000))}\r\n\r\n${chunk('y')}\n\ndata: [DONE]\n\n`,
  )
  for (const size of [1_000, 70_001]) {
    const rawBytes = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    )
    upstream.next({ fault: { rawBytes } })
    const received = await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    expect(received.bytes.equals(bytes)).toBe(true)
  }
})
