/** A text frame that is not UTF-8 closes a socket with all its calls. An upstream cannot cause that. */
import { Buffer } from 'node:buffer'
import { expect, it } from 'vitest'
import { chatBody, CLAUDE, GPT, responsesBody } from '../../../tools/app/asks.ts'
import { sluiceForTest, startHouse } from '../../../tools/app/house.ts'
import { openaiAt } from '../../../tools/app/start-sluice.ts'
import { eventually } from '../../../tools/app/within.ts'
import { openClient } from '../../../tools/server/websocket/open-client.ts'
import { startRealtime } from '../../../tools/server/websocket/start-realtime.ts'

const MALFORMED = Buffer.from([0x61, 0xff, 0xe2, 0x98, 0xc0, 0x80])

/** The events, with malformed bytes in the place of the mark. */
const raw = (events: string): Buffer => {
  const [before = '', ...rest] = events.split('MARK')
  return Buffer.concat([
    Buffer.from(before),
    ...rest.flatMap((part) => [MALFORMED, Buffer.from(part)]),
  ])
}

const chat = (delta: string, reason = 'null') =>
  `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":${delta},"finish_reason":${reason}}]}\n\n`

const CHAT_STREAM = raw(
  `${chat('{"role":"assistant","content":"MARK"}')}${chat('{"content":"MARK"}')}${chat('{"content":"x"}')}${chat('{}', '"stop"')}data: [DONE]\n\n`,
)

const ITEM =
  '{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"MARK"}]}'

const RESPONSES_STREAM = raw(
  `event: response.created\ndata: {"type":"response.created","response":{"id":"r","output":[]}}\n\nevent: response.output_text.delta\ndata: {"type":"response.output_text.delta","output_index":0,"item_id":"m","delta":"MARK"}\n\nevent: response.output_item.done\ndata: {"type":"response.output_item.done","output_index":0,"item":${ITEM}}\n\nevent: response.completed\ndata: {"type":"response.completed","response":{"id":"r","status":"completed","output":[${ITEM}]}}\n\n`,
)

const ERROR = raw('{"error":{"message":"MARK","type":"MARK"}}')

it.each([
  ['chat, relayed', '/ws', chatBody('x'), CHAT_STREAM, 'done'],
  [
    'Responses, relayed',
    '/v1/responses',
    responsesBody('x'),
    RESPONSES_STREAM,
    'response.completed',
  ],
])(
  'a malformed answer (%s) arrives with its bytes replaced',
  async (_, path, body, stream, end) => {
    const { sluice, upstream } = await startHouse()
    const client = await openClient(sluice.url, path)
    for (const round of [1, 2]) {
      upstream.next({ fault: { rawBytes: [stream] } })
      client.frames.length = 0
      client.send(body)
      await client.until(`the end of round ${round}`, ({ type }) => type === end)
      expect(JSON.stringify(client.frames)).toContain('a\ufffd')
    }
    expect(client.socket.readyState).toBe(client.socket.OPEN)
  },
)

it.each([
  ['/ws', chatBody('x')],
  ['/v1/responses', responsesBody('x')],
])('a malformed refusal at %s is reported, and the socket stays open', async (path, body) => {
  const { sluice, upstream } = await startHouse()
  const client = await openClient(sluice.url, path)
  for (const model of [GPT, CLAUDE]) {
    upstream.next({
      fault: { rawBytes: [ERROR], status: 400, contentType: 'application/json' },
    })
    client.frames.length = 0
    client.send({ ...body, model })
    const { error } = await client.until('the error', ({ type }) => type === 'error')
    expect(error?.message).toContain('a\ufffd')
  }
  expect(client.socket.readyState).toBe(client.socket.OPEN)
})

it('a malformed answer is well-formed when it is sent again', async () => {
  const { sluice, upstream } = await startHouse()
  const client = await openClient(sluice.url, '/v1/responses')
  upstream.next({ fault: { rawBytes: [RESPONSES_STREAM] } })
  client.send(responsesBody('x', { store: false }))
  await client.until('the end', ({ type }) => type === 'response.completed')
  client.send(responsesBody('y', { store: false, previous_response_id: 'r' }))
  await eventually('the second has come', () => upstream.calls.length === 2, 30_000)
  const sent = upstream.calls[1]?.rawBody ?? Buffer.alloc(0)
  expect(sent.toString()).toContain('a\ufffd')
  expect(Buffer.from(sent.toString()).equals(sent)).toBe(true)
})

it('a malformed frame of a realtime upstream is passed with its bytes replaced', async () => {
  const upstream = await startRealtime()
  const sluice = await sluiceForTest({ providers: [openaiAt(upstream.url)] })
  const client = await openClient(sluice.url, '/v1/realtime?model=gpt-realtime')
  await client.until('the session', ({ type }) => type === 'session.created')
  const [server] = upstream.sockets
  server?.send(raw('{"type":"malformed","text":"MARK"}'), { binary: false })
  server?.send('{"type":"next"}')
  const malformed = await client.until('the first', ({ type }) => type === 'malformed')
  expect(malformed.text).toMatch(/^a\ufffd/)
  await client.until('the next', ({ type }) => type === 'next')
  const audio: Buffer[] = []
  client.socket.removeAllListeners('message')
  client.socket.on('message', (data: Buffer, isBinary) => isBinary && audio.push(data))
  server?.send(MALFORMED, { binary: true })
  await eventually('the sound has come', () => audio.length === 1, 30_000)
  expect(audio[0]?.equals(MALFORMED)).toBe(true)
})
