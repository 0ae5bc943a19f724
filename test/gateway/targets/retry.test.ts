/** When a call is tried again, where, and when it is not. */
import { createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { callsOf, closeLater, sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { checkMessagesAnswer, checkMessagesStream } from '../../tools/checkers/index.ts'
import type { Fault } from '../../tools/upstream/answers/answer.ts'

const times = (count: number, fault: Fault) => Array.from({ length: count }, () => ({ fault }))

describe('one target', () => {
  it.each([
    ['500', { status: 500 }],
    ['502', { html: 502 }],
    ['503', { status: 503 }],
    ['529', { status: 529 }],
    ['a reset before an answer', { resetBeforeAnswer: true }],
    ['a stream that ends before its first event', { endAfterEvents: 0 }],
    ['an error as the first event', { errorAfterEvents: 0 }],
  ] as const)('is tried again after %s', async (_, fault) => {
    for (const [path, body] of [
      [CHAT, chatBody('hello', { stream: true })],
      [MESSAGES, messagesBody('hello', { stream: true, model: GPT })],
    ] as const) {
      const { sluice, upstream } = await startHouse()
      upstream.next({ fault }, { fault })
      const { status, headers } = await sluice.send(path, { body })
      expect([status, headers['x-sluice-attempts']]).toEqual([200, '3'])
      expect(callsOf(upstream)).toHaveLength(3)
      expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'ok', attempts: 3 })
    }
  })

  it('is tried again at most twice', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next(...times(5, { status: 503 }))
    const { status, headers } = await sluice.send(CHAT, { body: chatBody() })
    expect([status, headers['x-sluice-attempts']]).toEqual([503, '3'])
    expect(callsOf(upstream)).toHaveLength(3)
  })

  it.each([400, 401, 402, 403, 404, 409, 413, 422, 429])(
    'is not tried again after %i',
    async (status) => {
      const { sluice, upstream } = await startHouse()
      upstream.next({ fault: { status } })
      const answer = await sluice.send(CHAT, { body: chatBody() })
      expect([answer.status, answer.headers['x-sluice-attempts']]).toEqual([status, '1'])
      expect(callsOf(upstream)).toHaveLength(1)
    },
  )

  it('is sent the same bytes each time', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next(...times(2, { status: 500 }))
    await sluice.send(CHAT, { body: chatBody('Zwölf 😀'.repeat(10_000)) })
    const [first, ...rest] = callsOf(upstream)
    expect(rest).toHaveLength(2)
    for (const { rawBody } of rest) expect(rawBody.equals(first?.rawBody ?? rawBody)).toBe(true)
    expect(first?.rawBody.length).toBeGreaterThan(10_000)
  })

  it.each([
    ['retry-after', '6'],
    ['retry-after', '86400'],
    ['retry-after', new Date(Date.now() + 60_000).toUTCString()],
    ['retry-after-ms', '5001'],
  ])('is not retried after %s: %s, which goes to the client', async (name, value) => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ fault: { status: 503, headers: { [name]: value } } })
    const { status, headers } = await sluice.send(CHAT, { body: chatBody() })
    expect([status, headers[name]]).toEqual([503, value])
    expect(callsOf(upstream)).toHaveLength(1)
  })

  it('is waited for as long as it says, if that is short', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ fault: { status: 503, headers: { 'retry-after-ms': '150' } } })
    const startedAt = performance.now()
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(200)
    expect(performance.now() - startedAt).toBeGreaterThan(145)
  })

  it('is not tried again once the client has the first event', async () => {
    const { sluice, upstream } = await startHouse()
    upstream.next({ parts: [{ text: 'one two three four' }], fault: { cutAfterEvents: 3 } })
    await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
    expect(callsOf(upstream)).toHaveLength(1)
  })
})

const fallback = (...targets: string[]): Pick<AppOptions, 'aliases'> => ({
  aliases: [{ name: 'best', targets }],
})
const TWO = fallback(`openai/${GPT}`, `anthropic/${CLAUDE}`)

describe('another target', () => {
  it.each([
    ['401', { status: 401 }],
    ['402', { status: 402 }],
    ['403', { status: 403 }],
    ['404, as of a model that is not there', { status: 404 }],
    ['429', { status: 429 }],
    ['429 with a long wait', { status: 429, headers: { 'retry-after': '3600' } }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['529', { status: 529 }],
    ['HTML', { html: 502 }],
    ['a reset', { resetBeforeAnswer: true }],
    ['an error as the first event', { errorAfterEvents: 0, type: 'rate_limit_error' }],
    ['a stream that ends before its first event', { endAfterEvents: 0 }],
  ] as const)('is tried at once after %s', async (_, fault) => {
    const { sluice, upstream } = await startHouse(TWO)
    upstream.next({ fault })
    const { status, headers, bytes } = await sluice.send(MESSAGES, {
      body: messagesBody('hello', { model: 'best', stream: true }),
    })
    expect(status).toBe(200)
    expect(checkMessagesStream(bytes)).toEqual([])
    expect(headers).toMatchObject({
      'x-sluice-model': 'best',
      'x-sluice-target': `anthropic/${CLAUDE}`,
      'x-sluice-attempts': '2',
    })
    expect(callsOf(upstream).map(({ path }) => path)).toEqual([
      '/v1/chat/completions',
      '/v1/messages',
    ])
  })

  it.each([400, 409, 413, 422])('is not tried after %i', async (status) => {
    const { sluice, upstream } = await startHouse(TWO)
    upstream.next({ fault: { status } })
    const answer = await sluice.send(MESSAGES, { body: messagesBody('hello', { model: 'best' }) })
    expect([answer.status, answer.headers['x-sluice-attempts']]).toEqual([status, '1'])
  })

  it('is tried after a deadline', async () => {
    const { sluice, upstream } = await startHouse({
      ...TWO,
      openai: { deadlines: { firstByteMs: 50 } },
    })
    upstream.next({ fault: { neverAnswer: true } })
    const answer = await sluice.send(MESSAGES, { body: messagesBody('hello', { model: 'best' }) })
    expect([answer.status, answer.headers['x-sluice-attempts']]).toEqual([200, '2'])
  })

  it('is also tried again if it is the last', async () => {
    const { sluice, upstream } = await startHouse(TWO)
    upstream.next(...times(3, { status: 503 }))
    const { status, headers } = await sluice.send(CHAT, {
      body: chatBody('hello', { model: 'best' }),
    })
    expect([status, headers['x-sluice-attempts']]).toEqual([200, '4'])
    expect(callsOf(upstream).map(({ path }) => path)).toEqual([
      '/v1/chat/completions',
      '/v1/messages',
      '/v1/messages',
      '/v1/messages',
    ])
  })

  it('reports the last failure in the client’s dialect', async () => {
    const { sluice, upstream } = await startHouse(TWO)
    upstream.next({ fault: { status: 500 } }, { fault: { status: 429 } })
    const { status, json, headers } = await sluice.send(CHAT, {
      body: chatBody('hello', { model: 'best' }),
    })
    expect([status, headers['x-sluice-target']]).toEqual([429, `anthropic/${CLAUDE}`])
    expect(json).toMatchObject({ error: { type: 'rate_limit_error' } })
  })

  it('receives nothing of the previous one', async () => {
    const { sluice, upstream } = await startHouse(TWO)
    upstream.next({ fault: { status: 500 } })
    const { json } = await sluice.send(MESSAGES, { body: messagesBody('hello', { model: 'best' }) })
    expect(checkMessagesAnswer(json, { model: CLAUDE })).toEqual([])
    expect(callsOf(upstream)[1]?.headers.authorization).toBeUndefined()
  })
})

/** Answers once on each connection, and resets it when it is used again. */
const startForgetful = async (resets: number) => {
  const answer = JSON.stringify({ id: 'x', choices: [] })
  let requests = 0
  let left = resets
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let served = 0
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      if (!bytes.includes('POST ')) return
      requests++
      if (served++ > 0 && left-- > 0) return void socket.resetAndDestroy()
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`,
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return closeLater({
    url: `http://127.0.0.1:${port}/v1`,
    requests: () => requests,
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  })
}

describe('a reset on a connection that was used before', () => {
  it('is made good once, uncounted', async () => {
    const server = await startForgetful(1)
    const sluice = await sluiceForTest({
      providers: [{ name: 'openai', vendor: 'openai', baseUrl: server.url }],
      retry: { retries: 0, baseMs: 1 },
    })
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(200)
    const { status, headers } = await sluice.send(CHAT, { body: chatBody() })
    expect([status, headers['x-sluice-attempts']]).toEqual([200, '1'])
    expect(server.requests()).toBe(3)
  })

  it('is also replaced for a count', async () => {
    const server = await startForgetful(1)
    const sluice = await sluiceForTest({
      providers: [{ name: 'anthropic', vendor: 'anthropic', baseUrl: server.url }],
    })
    const body = messagesBody()
    expect((await sluice.send(`${MESSAGES}/count_tokens`, { body })).status).toBe(200)
    expect((await sluice.send(`${MESSAGES}/count_tokens`, { body })).status).toBe(200)
    expect(server.requests()).toBe(3)
  })
})
