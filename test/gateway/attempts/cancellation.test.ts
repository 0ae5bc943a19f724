/** A client that leaves ends the upstream's call, at any step. */
import { createServer } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
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
import {
  callsOf,
  type House,
  listenForTest,
  sluiceForTest,
  startHouse,
} from '../../tools/app/house.ts'
import { openRawClient, type RawClient, toRequest } from '../../tools/app/raw-client.ts'
import { anthropicAt, isCall } from '../../tools/app/start-sluice.ts'
import { eventually, PATIENCE_MS, within } from '../../tools/app/within.ts'
import type { Answer, Upstream } from '../../tools/upstream/start.ts'

const COUNT_TOKENS = '/v1/messages/count_tokens'

const ROUTES = [
  ['chat, relayed', CHAT, chatBody],
  ['messages, relayed', MESSAGES, messagesBody],
  ['responses, relayed', RESPONSES, responsesBody],
  [
    'chat, translated',
    CHAT,
    (text: string, more: object) => chatBody(text, { ...more, model: CLAUDE }),
  ],
  [
    'messages, translated',
    MESSAGES,
    (text: string, more: object) => messagesBody(text, { ...more, model: GPT }),
  ],
] as const

const WAYS: readonly (readonly [string, (client: RawClient) => void])[] = [
  ['destroys its socket', ({ socket }) => void socket.destroy()],
  ['resets its socket', ({ socket }) => void socket.resetAndDestroy()],
  ['half-closes its socket', ({ socket }) => void socket.end()],
]

const WORDS = 'one two three four five six seven eight nine ten'

const isLeft = (line: Record<string, unknown>) => isCall(line) && line.outcome === 'client_left'

/** The call's upstream is gone with its client, and its line, which is given back, says so. */
const expectLeft = async (upstream: Upstream, sluice: House) => {
  const [call] = callsOf(upstream)
  await within(2_000, 'the upstream socket closes', call!.closed)
  expect(call!.closedEarly).toBe(true)
  const line = await within(PATIENCE_MS, 'the line of the call', sluice.logged(isLeft))
  expect(line).toMatchObject({ attempts: 1, estimated: true })
  expect(line.tokensIn).toBeGreaterThan(0)
  await eventually('no socket is left', () => upstream.openSockets() === 0)
  return line
}

describe.each(ROUTES)('on %s', (_name, path, body) => {
  describe.each(WAYS)('a client that %s', (_way, leave) => {
    it.each([
      ['before the first event of a stream', true, { fault: { neverAnswer: true } }],
      ['before an answer that is not streamed', false, { fault: { neverAnswer: true } }],
      [
        'in the middle of an answer that is not streamed',
        false,
        { parts: [{ text: WORDS }], fault: { stallAfterEvents: 1 } },
      ],
    ] as const satisfies readonly (readonly [string, boolean, Answer])[])(
      'closes the upstream %s',
      async (_moment, stream, answer) => {
        const { upstream, sluice } = await startHouse()
        upstream.next(answer)
        const client = await openRawClient(sluice.url)
        client.write(toRequest(path, body('hello there', { stream })))
        await eventually('the upstream is called', () => callsOf(upstream).length === 1)
        leave(client)

        await expectLeft(upstream, sluice)
      },
    )

    it('closes the upstream in the middle of a stream, and is logged as such with the usage so far', async () => {
      const { upstream, sluice } = await startHouse()
      upstream.next({ parts: [{ text: WORDS }], pieces: 10, fault: { stallAfterEvents: 7 } })
      const client = await openRawClient(sluice.url)
      client.write(toRequest(path, body('hello there', { stream: true })))
      await client.until('one')
      leave(client)

      const line = await expectLeft(upstream, sluice)
      expect(line.tokensOut).toBeGreaterThan(0)
      expect(line.firstByteMs).toBeGreaterThan(0)
      expect(sluice.log.filter(isCall)).toHaveLength(1)
    })
  })
})

describe('count_tokens', () => {
  const silentServer = async (): Promise<{ url: string; open: () => number }> => {
    let open = 0
    const server = createServer(() => undefined)
    server.on('connection', (socket) => {
      open++
      socket.once('close', () => open--)
    })
    return { url: await listenForTest(server), open: () => open }
  }

  it.each(WAYS)('closes the upstream when its client %s', async (_way, leave) => {
    const { url, open } = await silentServer()
    const sluice = await sluiceForTest({ providers: [anthropicAt(url)] })
    const client = await openRawClient(sluice.url)
    client.write(toRequest(COUNT_TOKENS, messagesBody()))
    await eventually('the upstream is called', () => open() === 1)
    leave(client)
    await eventually('the upstream socket closes', () => open() === 0, 2_000)
    await within(PATIENCE_MS, 'the line of the call', sluice.logged(isLeft))
  })
})

describe('the demo model', () => {
  describe.each([
    ['chat', CHAT, chatBody],
    ['messages', MESSAGES, messagesBody],
  ] as const)('on %s', (_name, path, body) => {
    it.each([
      ['before its first event', '[[stall]]', true, ''],
      ['before an answer that is not streamed', '[[delay 60000]]', false, ''],
      ['in a stream', '[[pace 20]] [[tokens 5000]]', true, 'data: '],
      ['in a stream that fell silent', '[[say one two three]] [[stall 2]]', true, 'data: '],
      ['in an answer that is not streamed', '[[pace 20]] [[tokens 5000]]', false, ''],
    ])('stops %s', async (_moment, prompt, stream, mark) => {
      const sluice = await sluiceForTest({ demo: {} })
      const client = await openRawClient(sluice.url)
      client.write(toRequest(path, body(prompt, { stream })))
      if (mark === '')
        await eventually('the request is there', () => client.socket.bytesWritten > 0)
      else await client.until(mark)
      // Long enough for the call to begin.
      await new Promise((resolve) => setTimeout(resolve, 60))
      client.socket.destroy()
      const line = await within(PATIENCE_MS, 'the line of the call', sluice.logged(isCall))
      expect(line).toMatchObject({ outcome: 'client_left' })
      expect(line.target).toMatch(/^demo\//)
      expect(sluice.rawLog()).not.toContain('"level":50')
    })
  })
})

describe('a client that leaves', () => {
  it('ends the wait before another try', async () => {
    const { upstream, sluice } = await startHouse()
    upstream.next({ fault: { status: 503, headers: { 'retry-after': '4' } } })
    const client = await openRawClient(sluice.url)
    client.write(toRequest(CHAT, chatBody('hello', { stream: true })))
    await eventually('the first try has failed', () => callsOf(upstream).length === 1)
    await within(PATIENCE_MS, 'the first try is over', callsOf(upstream)[0]!.closed)
    client.socket.destroy()
    // Shorter than the wait.
    const line = await within(2_000, 'the line of the call', sluice.logged(isCall))
    expect(line).toMatchObject({ outcome: 'client_left', attempts: 1 })
    expect(callsOf(upstream)).toHaveLength(1)
    expect(sluice.rawLog()).not.toContain('inside the gateway')
  })

  it.each(WAYS)('and %s ends a stream that was opened early', async (_way, leave) => {
    const { upstream, sluice } = await startHouse({ openAfterMs: 40 })
    upstream.next({ fault: { neverAnswer: true } })
    const client = await openRawClient(sluice.url)
    client.write(toRequest(CHAT, chatBody('hello', { stream: true })))
    await client.until(': keepalive')
    leave(client)
    await within(2_000, 'the upstream socket closes', callsOf(upstream)[0]!.closed)
    const line = await within(PATIENCE_MS, 'the line of the call', sluice.logged(isCall))
    expect(line).toMatchObject({ outcome: 'client_left', estimated: true })
  })

  it('in the middle of its own request leaves no resources held', async () => {
    const { upstream, sluice } = await startHouse({
      limits: { bodyBytes: 100_000, inFlightBytes: 100_000, depth: 512 },
    })
    const request = toRequest(CHAT, chatBody('x'.repeat(60_000)))
    for (let round = 0; round < 5; round++) {
      const client = await openRawClient(sluice.url)
      client.write(request.subarray(0, 50_000))
      await new Promise((resolve) => setTimeout(resolve, 20))
      client.socket.destroy()
      await client.closed
    }
    const { status } = await sluice.send(CHAT, { body: chatBody('x'.repeat(60_000)) })
    expect(status).toBe(200)
    expect(callsOf(upstream)).toHaveLength(1)
    expect(sluice.rawLog()).not.toContain('"level":50')
  })
})

describe('the bytes of bodies in flight', () => {
  it('are released however a call ends', async () => {
    const { upstream, sluice } = await startHouse({
      limits: { bodyBytes: 100_000, inFlightBytes: 100_000, depth: 512 },
    })
    const large = 'x'.repeat(60_000)
    const answers: readonly Answer[] = [
      {},
      { fault: { status: 400 } },
      { fault: { cutAfterEvents: 2 } },
      { fault: { html: 403 } },
      {},
    ]
    for (const answer of answers) {
      upstream.next(answer)
      const { status } = await sluice.send(CHAT, { body: chatBody(large, { stream: true }) })
      expect(status).not.toBe(503)
    }
    for (const body of [`{"model": ${JSON.stringify(large)}}`, large, Buffer.alloc(60_000, 0xff)])
      expect((await sluice.send(CHAT, { body })).status).toBe(400)
    expect((await sluice.send(CHAT, { body: 'x'.repeat(200_000) })).status).toBe(413)
    expect((await sluice.send(CHAT, { body: chatBody(large) })).status).toBe(200)
  })

  it('are limited: a request beyond the limit is told to come later', async () => {
    const { upstream, sluice } = await startHouse({
      limits: { bodyBytes: 100_000, inFlightBytes: 100_000, depth: 512 },
    })
    upstream.next({ fault: { neverAnswer: true } })
    const first = await openRawClient(sluice.url)
    first.write(toRequest(CHAT, chatBody('x'.repeat(60_000))))
    await eventually('the first is held', () => callsOf(upstream).length === 1)
    const second = await sluice.send(CHAT, { body: chatBody('x'.repeat(60_000)) })
    expect(second.status).toBe(503)
    first.socket.destroy()
    await within(2_000, 'the first is over', callsOf(upstream)[0]!.closed)
    await within(PATIENCE_MS, 'the line of the call', sluice.logged(isLeft))
    expect((await sluice.send(CHAT, { body: chatBody('x'.repeat(60_000)) })).status).toBe(200)
  })
})

describe('a thousand clients that leave', () => {
  it('leave no socket open and no memory held', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const { upstream, sluice } = await startHouse()
    const bodies = [
      toRequest(CHAT, chatBody('[[pace 5]] hello there, and stay a while', { stream: true })),
      toRequest(CHAT, chatBody('[[silence]]', { model: CLAUDE })),
      toRequest(MESSAGES, messagesBody('[[stall 4]] hello there', { stream: true })),
      toRequest(MESSAGES, messagesBody('[[pace 5]] hello there', { model: GPT, stream: true })),
      toRequest(RESPONSES, responsesBody('[[silence]]', { stream: true })),
    ]
    let left = 0
    const leave = async (): Promise<void> => {
      const number = left++
      const client = await openRawClient(sluice.url)
      client.write(bodies[number % bodies.length]!)
      await new Promise((resolve) => setTimeout(resolve, (number * 7) % 30))
      if (number % 3 === 0) client.socket.end()
      else if (number % 3 === 1) client.socket.destroy()
      else client.socket.resetAndDestroy()
      await within(PATIENCE_MS, 'the connection closes', client.closed)
    }
    const leaveMany = async (count: number): Promise<void> => {
      // Twenty at a time.
      for (let gone = 0; gone < count; gone += 20)
        await Promise.all(Array.from({ length: 20 }, leave))
      await eventually('the upstream sockets close', () => upstream.openSockets() === 0)
      upstream.calls.length = 0
    }
    const sockets = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    const heap = () => {
      collectGarbage()
      return process.memoryUsage().heapUsed
    }

    await leaveMany(200)
    const before = { sockets: sockets(), heap: heap() }
    await leaveMany(1_000)
    expect(sockets()).toBeLessThanOrEqual(before.sockets)
    expect(heap() - before.heap).toBeLessThan(8 * 1024 * 1024)
    expect(sluice.rawLog()).not.toContain('inside the gateway')
    expect(new Set(sluice.log.filter(isCall).map(({ outcome }) => outcome))).toEqual(
      new Set(['client_left']),
    )
  }, 120_000)
})
