/** Chat completions over a WebSocket: what HTTP holds, many at a time. */
import { describe, expect, it } from 'vitest'
import { chatBody, CLAUDE } from '../../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse } from '../../../tools/app/house.ts'
import { isCall } from '../../../tools/app/start-sluice.ts'
import { eventually, within } from '../../../tools/app/within.ts'
import { checkChatStream } from '../../../tools/checkers/index.ts'
import { isDone, isError, openClient, textOf } from '../../../tools/server/websocket/open-client.ts'

const WORDS = 'one two three four five six seven eight nine ten'

describe.each(['/v1/chat/completions', '/ws', '/openai/v1/chat/completions?x=1'])(
  'a socket at %s',
  (path) => {
    it('answers a frame with chunks of its id, then with the end of the call', async () => {
      const { upstream, sluice } = await startHouse()
      upstream.next({ parts: [{ text: 'Grüße, 世界' }] })
      const client = await openClient(sluice.url, path)
      client.send({ id: 'a "quoted" id', ...chatBody() })
      const done = await client.until('the end', isDone('a "quoted" id'))
      expect(textOf(client.frames, 'a "quoted" id')).toBe('Grüße, 世界')
      expect(done).toMatchObject({ target: 'openai/gpt-4o', attempts: 1 })
      expect(done.completion_id).toMatch(/^chatcmpl-/)
      expect(callsOf(upstream)[0]?.body).toEqual({ ...chatBody(), stream: true })
      const line = await sluice.logged(isCall)
      expect(line).toMatchObject({
        route: 'WS /v1/chat/completions',
        outcome: 'ok',
        requestId: done.request_id,
      })
    })
  },
)

it('sends a legal stream, also a translated one', async () => {
  const { upstream, sluice } = await startHouse()
  const client = await openClient(sluice.url, '/ws')
  for (const [id, model] of [
    ['relayed', 'gpt-4o'],
    ['translated', CLAUDE],
  ] as const) {
    upstream.next({ parts: [{ text: WORDS }] })
    client.send({ id, ...chatBody('hello', { model, stream: false }) })
    await client.until('the end', isDone(id))
    const chunks = client.frames.filter((frame) => frame.id === id && frame.type === undefined)
    const stream = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')
    expect(checkChatStream(Buffer.from(`${stream}data: [DONE]\n\n`))).toEqual([])
    expect(textOf(chunks, id)).toBe(WORDS)
  }
})

it('generates an id if the frame has none', async () => {
  const { sluice } = await startHouse()
  const client = await openClient(sluice.url, '/ws')
  client.send({ id: 'call_1', ...chatBody() })
  client.send(chatBody())
  client.send({ ...chatBody(), id: null })
  await client.until('the second', isDone('call_2'))
  await client.until('the third', isDone('call_3'))
})

it('allows many calls in progress on one socket, and limits them', async () => {
  const { upstream, sluice } = await startHouse()
  upstream.next(...Array.from({ length: 64 }, () => ({ parts: [{ text: WORDS }], delayMs: 300 })))
  const client = await openClient(sluice.url, '/ws')
  for (let call = 0; call < 65; call++) client.send({ id: `call ${call}`, ...chatBody() })
  expect(await client.until('a refusal', isError)).toMatchObject({
    id: 'call 64',
    status: 429,
    error: { code: 'too_many_calls' },
  })
  for (let call = 0; call < 64; call++) {
    await client.until(`the end of ${call}`, isDone(`call ${call}`))
    expect(textOf(client.frames, `call ${call}`)).toBe(WORDS)
  }
  client.send({ id: 'again', ...chatBody() })
  await client.until('the end', isDone('again'))
})

describe('a call that fails', () => {
  it.each([
    [
      'before its first event',
      {
        fault: {
          status: 400,
          body: {
            error: {
              message: 'no, sir',
              type: 'invalid_request_error',
              code: 'context_length_exceeded',
              param: 'messages',
            },
          },
        },
      },
      400,
    ],
    [
      'in the middle',
      {
        parts: [{ text: WORDS }],
        fault: { errorAfterEvents: 3, type: 'server_error', message: 'no, sir' },
      },
      500,
    ],
    ['by breaking off', { parts: [{ text: WORDS }], fault: { cutAfterEvents: 3 } }, undefined],
  ] as const)(
    '%s is reported by an error frame, and the socket stays open',
    async (_when, answer, status) => {
      const { upstream, sluice } = await startHouse({ retry: { retries: 0, baseMs: 1 } })
      upstream.next(answer as never)
      const client = await openClient(sluice.url, '/ws')
      client.send({ id: 'bad', ...chatBody() })
      const failed = await client.until('an error', isError)
      expect(failed.id).toBe('bad')
      expect(failed.status).toBe(status ?? 502)
      expect(failed.error?.message).toMatch(status ? /no, sir/ : /./)
      client.send({ id: 'good', ...chatBody() })
      await client.until('the end', isDone('good'))
      expect(client.frames.filter(({ type, id }) => type && id === 'bad')).toHaveLength(1)
    },
  )
})

describe('a frame that is not a call', () => {
  it.each([
    ['no JSON', 'hello', null, 'null'],
    ['a list', '[]', null, 'null'],
    ['of an unknown type', '{"type":"dance","id":"x"}', 'x', '"type"'],
    ['with an id that is no string', '{"id":5}', null, '"id"'],
    ['with an id that stands twice', '{"id":"a","id":"b"}', null, '"id"'],
    ['without a model', '{"id":"x","messages":[]}', 'x', '"model"'],
    [
      'with a stream that is no switch',
      '{"id":"x","model":"gpt-4o","stream":"yes"}',
      'x',
      '"stream"',
    ],
    ['too deep', `{"id":"x","a":${'['.repeat(600)}${']'.repeat(600)}}`, null, 'null'],
    ['that cancels nothing', '{"type":"cancel"}', null, '"id"'],
    ['that cancels what is not there', '{"type":"cancel","id":"x"}', 'x', '"id"'],
  ])('%s is answered by an error frame that names the field', async (_what, frame, id, param) => {
    const { upstream, sluice } = await startHouse()
    const client = await openClient(sluice.url, '/ws')
    client.send(frame)
    const told = await client.until('an error', isError)
    expect(told).toMatchObject({ id, status: 400, error: { type: 'invalid_request_error' } })
    expect(JSON.stringify(told.error?.param)).toBe(param)
    client.send({ id: 'good', ...chatBody() })
    await client.until('the end', isDone('good'))
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('that uses the id of a call in progress does not affect that call', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ parts: [{ text: WORDS }], delayMs: 200 })
    const client = await openClient(sluice.url, '/ws')
    client.send({ id: 'a', ...chatBody() })
    client.send({ id: 'a', ...chatBody() })
    expect(await client.until('an error', isError)).toMatchObject({ error: { code: 'id_in_use' } })
    await client.until('the end', isDone('a'))
    client.send({ id: 'a', ...chatBody() })
    await eventually(
      'the id is free again',
      () => client.frames.filter(isDone('a')).length === 2,
      30_000,
    )
  })
})

describe('a socket', () => {
  it.each([
    [
      'binary frames',
      (socket: { send(data: Buffer): void }) => socket.send(Buffer.from('{}')),
      1003,
    ],
    [
      'more than a body may be',
      (socket: { send(data: string): void }) => socket.send('x'.repeat(70_000)),
      1009,
    ],
  ])('that sends %s is closed with its code', async (_what, send, code) => {
    const { sluice } = await startHouse({
      limits: { bodyBytes: 65_536, inFlightBytes: 1_000_000, depth: 100 },
    })
    const client = await openClient(sluice.url, '/ws')
    send(client.socket)
    expect(await within(30_000, 'the close', client.closed)).toBe(code)
  })

  it('that sends what is not UTF-8 is closed', async () => {
    const { sluice } = await startHouse()
    const client = await openClient(sluice.url, '/ws')
    client.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false })
    expect(await within(30_000, 'the close', client.closed)).toBe(1007)
  })

  it('counts its frames in the memory account', async () => {
    const { upstream, sluice } = await startHouse({
      // 16 KB of it are the socket's.
      limits: { bodyBytes: 65_536, inFlightBytes: 36_000, depth: 100 },
    })
    upstream.next({ fault: { neverAnswer: true } })
    const client = await openClient(sluice.url, '/ws')
    client.send({ id: 'a', ...chatBody('x'.repeat(12_000)) })
    client.send({ id: 'b', ...chatBody('x'.repeat(12_000)) })
    expect(await client.until('an error', isError)).toMatchObject({ id: 'b', status: 503 })
    client.send({ type: 'cancel', id: 'a' })
    client.send({ id: 'c', ...chatBody('x'.repeat(12_000)) })
    await client.until('the end', isDone('c'))
  })
})

describe('on the way out', () => {
  it('lets calls end, accepts no more, and closes with 1001', async () => {
    const { upstream, sluice } = await startHouse({ drainMs: 10_000 })
    upstream.next({ parts: [{ text: WORDS }], paceMs: 60 })
    const idle = await openClient(sluice.url, '/ws')
    const client = await openClient(sluice.url, '/ws')
    client.send({ id: 'a', ...chatBody() })
    await client.until('a chunk', ({ choices }) => choices !== undefined)
    const closing = sluice.close()
    expect(await within(30_000, 'the idle one closes', idle.closed)).toBe(1001)
    client.send({ id: 'b', ...chatBody() })
    expect(await client.until('an error', isError)).toMatchObject({ id: 'b', status: 503 })
    await client.until('the end', isDone('a'))
    expect(textOf(client.frames, 'a')).toBe(WORDS)
    expect(await within(30_000, 'the close', client.closed)).toBe(1001)
    await within(30_000, 'everything ends', closing)
  })

  it('does not wait for a call that does not end', async () => {
    const { upstream, sluice } = await startHouse({ drainMs: 200 })
    upstream.next({ fault: { neverAnswer: true } })
    const client = await openClient(sluice.url, '/ws')
    client.send({ id: 'a', ...chatBody() })
    await eventually('the upstream is called', () => callsOf(upstream).length === 1, 30_000)
    await within(30_000, 'everything ends', sluice.close())
    expect(await within(30_000, 'the close', client.closed)).toBe(1006)
    await within(30_000, 'the upstream socket closes', callsOf(upstream)[0]!.closed)
  })
})

it('also answers on a port of its own', async () => {
  const sluice = await sluiceForTest({ demo: { paceMs: 0 }, webSocketPort: 0 })
  const { webSocketPort } = await sluice.logged(({ msg }) => msg === 'listening')
  for (const url of [sluice.url, `http://127.0.0.1:${String(webSocketPort)}`]) {
    const client = await openClient(url, '/ws')
    client.send({ id: 'a', ...chatBody() })
    await client.until('the end', isDone('a'))
    client.socket.close()
  }
  const plain = await fetch(`http://127.0.0.1:${String(webSocketPort)}/v1/models`)
  expect(plain.status).toBe(426)
  expect(plain.headers.get('upgrade')).toBe('websocket')
  await plain.text()
})
