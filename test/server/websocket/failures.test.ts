/** Failures of calls on a socket are reported and retried as over HTTP. */
import { describe, expect, it } from 'vitest'
import { chatBody, CLAUDE, GPT, responsesBody } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'
import type { Answer } from '../../tools/upstream/answers/answer.ts'
import {
  type Client,
  type FrameJson,
  isError,
  openClient,
} from '../../tools/server/websocket/open-client.ts'

const WORDS = 'one two three four five six seven eight nine ten'
const ONCE = { retry: { retries: 0, baseMs: 1 } }

interface Door {
  readonly path: string
  body(model: string): object
  /** The frame that ends an answer well. */
  isEnd(frame: FrameJson): boolean
}

const CHAT: Door = {
  path: '/ws',
  body: (model) => ({ id: 'a', ...chatBody('hello', { model }) }),
  isEnd: ({ type }) => type === 'done',
}

const RESPONSES: Door = {
  path: '/v1/responses',
  body: (model) => responsesBody('hello', { model }),
  isEnd: ({ type }) => type === 'response.completed',
}

/** Sends a call, and resolves with its last frame: an error, or an answer that says that it failed. */
const failOf = async (client: Client, frame: object): Promise<FrameJson> => {
  client.frames.length = 0
  client.send(frame)
  return client.until('a failure', (each) => isError(each) || each.type === 'response.failed')
}

const toldBy = (frame: FrameJson): unknown => frame.error ?? frame.response?.error

const ERROR = {
  message: 'no, sir',
  type: 'invalid_request_error',
  code: 'context_length_exceeded',
  param: 'messages',
}

const FAILURES: [what: string, answer: Answer, outcome: string, status: number, message: RegExp][] =
  [
    [
      'refuses the call',
      { fault: { status: 400, body: { error: ERROR } } },
      'upstream_rejected',
      400,
      /no, sir/,
    ],
    ['is asked too much', { fault: { status: 429 } }, 'upstream_rate_limited', 429, /./],
    ['fails in HTML', { fault: { html: 502 } }, 'upstream_failed', 502, /./],
    ['resets the connection', { fault: { resetBeforeAnswer: true } }, 'upstream_broken', 502, /./],
    [
      'fails in the middle',
      {
        parts: [{ text: WORDS }],
        fault: { errorAfterEvents: 4, type: 'server_error', message: 'no, sir' },
      },
      'upstream_failed',
      500,
      /no, sir/,
    ],
    [
      'breaks off in the middle',
      { parts: [{ text: WORDS }], fault: { cutAfterEvents: 4 } },
      'upstream_broken',
      502,
      /./,
    ],
    [
      'ends before its end',
      { parts: [{ text: WORDS }], fault: { endAfterEvents: 4 } },
      'upstream_broken',
      502,
      /./,
    ],
  ]

describe.each([CHAT, RESPONSES])('at $path an upstream that', ({ path, body, isEnd }) => {
  describe.each([
    ['relayed', GPT],
    ['translated', CLAUDE],
  ])('%s', (_lane, model) => {
    it.each(FAILURES)(
      '%s is reported once, and the socket stays open',
      async (_what, answer, outcome, status, message) => {
        const { sluice, upstream } = await startHouse(ONCE)
        upstream.next(answer)
        const client = await openClient(sluice.url, path)
        const failed = await failOf(client, body(model))
        expect(toldBy(failed)).toMatchObject({ message: expect.stringMatching(message) })
        if (isError(failed)) expect(failed.status).toBe(status)
        expect(await sluice.logged(isCall)).toMatchObject({ outcome, attempts: 1 })
        client.send(body(model))
        await client.until('the end of the next', isEnd)
        expect(client.frames.filter((each) => each.type === failed.type)).toHaveLength(1)
      },
    )

    it('sends an event that is not JSON is reported, and no frame is broken', async () => {
      const { sluice, upstream } = await startHouse(ONCE)
      upstream.next({ parts: [{ text: WORDS }], fault: { garbleAfterEvents: 4 } })
      const client = await openClient(sluice.url, path)
      await failOf(client, body(model))
      const { outcome } = await sluice.logged(isCall)
      expect(outcome).toBe(model === GPT ? 'upstream_broken' : 'upstream_invalid')
      client.send(body(model))
      await client.until('the end of the next', isEnd)
    })

    it('is silent for too long, before its first event or after, is aborted', async () => {
      const deadlines = { firstEventMs: 200, idleMs: 200 }
      const { sluice, upstream } = await startHouse({
        ...ONCE,
        openai: { deadlines },
        anthropic: { deadlines },
      })
      const client = await openClient(sluice.url, path)
      const answers: Answer[] = [
        { fault: { neverAnswer: true } },
        { parts: [{ text: WORDS }], fault: { stallAfterEvents: 4 } },
      ]
      for (const answer of answers) {
        upstream.next(answer)
        const failed = await failOf(client, body(model))
        if (isError(failed)) expect(failed.status).toBe(504)
        await callsOf(upstream).at(-1)?.closed
      }
      expect(sluice.log.filter(isCall).map(({ outcome }) => outcome)).toEqual([
        'upstream_timeout',
        'upstream_timeout',
      ])
    })

    it('fails and is tried again answers in the end', async () => {
      const { sluice, upstream } = await startHouse()
      upstream.next({ fault: { status: 500 } }, { fault: { html: 502 } })
      const client = await openClient(sluice.url, path)
      client.send(body(model))
      const end = await client.until('the end', isEnd)
      if (end.type === 'done') expect(end.attempts).toBe(3)
      expect(await sluice.logged(isCall)).toMatchObject({ outcome: 'ok', attempts: 3 })
      expect(client.frames.filter(isError)).toEqual([])
    })

    it('fails after the stream was opened early is reported with its status', async () => {
      const { sluice, upstream } = await startHouse({ ...ONCE, openAfterMs: 50 })
      upstream.next({ delayMs: 300, fault: { status: 429 } })
      const client = await openClient(sluice.url, path)
      const failed = await failOf(client, body(model))
      if (isError(failed)) expect(failed.status).toBe(429)
      expect(toldBy(failed)).toMatchObject({ message: expect.stringMatching(/./) })
    })
  })

  it('fails is passed over for the next, of another protocol', async () => {
    const { sluice, upstream } = await startHouse({
      aliases: [{ name: 'best', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
    })
    upstream.next({ fault: { status: 401 } }, { parts: [{ text: WORDS }] })
    const client = await openClient(sluice.url, path)
    client.send(body('best'))
    await client.until('the end', isEnd)
    expect(await sluice.logged(isCall)).toMatchObject({
      outcome: 'ok',
      attempts: 2,
      target: `anthropic/${CLAUDE}`,
    })
  })

  it('quotes our key is not quoted', async () => {
    const { sluice, upstream } = await startHouse(ONCE)
    upstream.next({
      fault: { status: 401, body: { error: { ...ERROR, message: 'Bad key: sk-upstream-openai' } } },
    })
    const client = await openClient(sluice.url, path)
    const failed = await failOf(client, body(GPT))
    expect(failed.error?.message).toBe('Bad key: [redacted]')
    expect(sluice.rawLog()).not.toContain('sk-upstream-openai')
  })
})

describe.each([CHAT, RESPONSES])('at $path', ({ path, body, isEnd }) => {
  it('a loop of gateways ends with 508', async () => {
    const { sluice, upstream } = await startHouse(ONCE)
    const hops = Array.from({ length: 8 }, (_, hop) => `gateway-${hop}`).join(',')
    const client = await openClient(sluice.url, path, { headers: { 'x-sluice-hops': hops } })
    expect(await failOf(client, body(GPT))).toMatchObject({ status: 508 })
    expect(callsOf(upstream)).toEqual([])
  })

  it('frames count among the bodies in flight, and no longer than their calls', async () => {
    const { sluice, upstream } = await startHouse({
      // 16 KB of it are each socket's.
      limits: { bodyBytes: 65_536, inFlightBytes: 52_000, depth: 100 },
    })
    upstream.next({ parts: [{ text: WORDS }], delayMs: 500 })
    const first = await openClient(sluice.url, path)
    const second = await openClient(sluice.url, path)
    const large = { ...body(GPT), user: 'x'.repeat(12_000) }
    first.send(large)
    await eventually('the first is under way', () => callsOf(upstream).length === 1, 30_000)
    expect(await failOf(second, large)).toMatchObject({ status: 503 })
    await first.until('the end', isEnd)
    second.send(large)
    await second.until('the end', isEnd)
  })

  it('an upstream that is not there is a 502', async () => {
    const { sluice } = await startHouse({
      ...ONCE,
      providers: [openaiAt('http://127.0.0.1:1')],
    })
    const client = await openClient(sluice.url, path)
    expect(await failOf(client, body(GPT))).toMatchObject({ status: 502 })
  })
})

it('half of a chunk that begins as the one before it is not sent', async () => {
  const { sluice, upstream } = await startHouse(ONCE)
  const begun = '{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{'
  const chunk = `${begun}"index":0,"delta":{"content":"one"},"finish_reason":null}]}`
  upstream.next({ fault: { rawBytes: [Buffer.from(`data: ${chunk}\n\ndata: ${begun}\n\n`)] } })
  const client = await openClient(sluice.url, CHAT.path)
  await failOf(client, CHAT.body(GPT))
  expect(client.frames.map(({ type }) => type)).toEqual([undefined, 'error'])
})
