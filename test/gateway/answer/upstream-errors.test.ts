/** What an upstream's failure becomes, in the client's dialect: both lanes, streamed or not. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE, GPT, MESSAGES, messagesBody } from '../../tools/app/asks.ts'
import { closeLater, startHouse, sluiceForTest } from '../../tools/app/house.ts'
import { anthropicAt, isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import {
  checkChatError,
  checkChatStream,
  checkMessagesError,
  checkMessagesStream,
} from '../../tools/checkers/index.ts'
import { type Answer, startUpstream } from '../../tools/upstream/start.ts'

const retry: AppOptions['retry'] = { retries: 0, baseMs: 1 }

interface Way {
  readonly client: 'chat' | 'messages'
  readonly model: string
  readonly stream: boolean
}

const WAYS: readonly Way[] = (['chat', 'messages'] as const).flatMap((client) =>
  [GPT, CLAUDE].flatMap((model) => [true, false].map((stream) => ({ client, model, stream }))),
)

const ask = ({ client, model, stream }: Way, text = 'hello') =>
  client === 'chat'
    ? { path: CHAT, body: chatBody(text, { model, stream }) }
    : { path: MESSAGES, body: messagesBody(text, { model, stream }) }

const checkError = ({ client }: Way, body: unknown) =>
  client === 'chat' ? checkChatError(body) : checkMessagesError(body)

const isRelay = ({ client, model }: Way) => (client === 'chat') === (model === GPT)

interface ErrorBody {
  error: { type: string; message: string; code?: string }
}

const fail = async (way: Way, ...answers: Answer[]) => {
  const { sluice, upstream } = await startHouse({ retry })
  upstream.next(...answers)
  const { path, body } = ask(way)
  const answer = await sluice.send(path, { body })
  expect(checkError(way, answer.json)).toEqual([])
  expect(answer.headers['content-type']).toBe('application/json')
  const line = await sluice.logged(isCall)
  return { ...answer, sluice, line, error: (answer.json as unknown as ErrorBody).error }
}

const MESSAGES_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  422: 'invalid_request_error',
  429: 'rate_limit_error',
  500: 'api_error',
  502: 'api_error',
  503: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const OUTCOMES: Readonly<Record<number, string>> = {
  401: 'upstream_denied',
  402: 'upstream_denied',
  403: 'upstream_denied',
  404: 'upstream_missing',
  429: 'upstream_rate_limited',
  500: 'upstream_failed',
  502: 'upstream_failed',
  503: 'upstream_overloaded',
  504: 'upstream_timeout',
  529: 'upstream_overloaded',
}

describe.each(WAYS)('$client client, $model, stream: $stream', (way) => {
  it.each(Object.keys(MESSAGES_TYPES).map(Number))('keeps the status %i', async (status) => {
    const { status: got, error, line } = await fail(way, { fault: { status } })
    const shown = status === 529 && way.client === 'chat' && !isRelay(way) ? 503 : status
    expect(got).toBe(shown)
    expect(line).toMatchObject({ outcome: OUTCOMES[status] ?? 'upstream_rejected', status })
    if (isRelay(way)) return
    if (way.client === 'messages') expect(error.type).toBe(MESSAGES_TYPES[status])
    else if (status === 429) expect(error.type).toBe('rate_limit_error')
    else expect(error.type).toBe(status < 500 ? 'invalid_request_error' : 'api_error')
  })

  it('passes the message verbatim', async () => {
    const message =
      'input length and `max_tokens` exceed context limit: 198000 + 64000 > 200000, "é" \\ <b>'
    const body =
      way.model === GPT
        ? { error: { message, type: 'invalid_request_error', param: 'x', code: 'too_long' } }
        : { type: 'error', error: { type: 'invalid_request_error', message }, request_id: 'req_1' }
    const { error, json } = await fail(way, { fault: { status: 400, body } })
    expect(error.message).toBe(message)
    if (isRelay(way)) expect(json).toEqual(body)
    else if (way.client === 'messages')
      expect(json.error).toMatchObject({ details: { error_code: 'too_long' } })
  })

  it.each([400, 403, 500, 502, 503])(
    'receives the status of an HTML page as %i',
    async (status) => {
      const { status: got, text } = await fail(way, { fault: { html: status } })
      expect(got).toBe(status)
      expect(text).toContain('cloudflare')
    },
  )

  it.each([
    ['plain text', 'upstream connect error', 'upstream connect error'],
    ['nothing', '', ''],
    ['JSON of another shape', { detail: 'no such thing' }, 'no such thing'],
    ['JSON that is no object', '[1,2]', '[1,2]'],
  ])('receives the status of %s', async (_, body, told) => {
    const { sluice, upstream } = await startHouse({ retry })
    upstream.next({ fault: { status: 500, body } })
    const { path, body: asked } = ask(way)
    const { status, text, json } = await sluice.send(path, { body: asked })
    expect(status).toBe(500)
    expect(text).toContain(told)
    // JSON from a relayed upstream is unchanged; everything else is written in the dialect.
    if (!isRelay(way) || typeof body === 'string') expect(checkError(way, json)).toEqual([])
  })

  it('passes advice on trying again', async () => {
    const headers = { 'retry-after': '17', 'retry-after-ms': '17000', 'x-should-retry': 'false' }
    for (const status of [429, 503]) {
      const { headers: got } = await fail(way, { fault: { status, headers } })
      expect(got).toMatchObject(headers)
    }
  })

  it('receives 502 if the upstream closes before an answer', async () => {
    const { status, line } = await fail(way, { fault: { resetBeforeAnswer: true } })
    expect([status, line.outcome]).toEqual([502, 'upstream_broken'])
  })

  it('receives 502 for a redirect', async () => {
    const fault = { status: 302, body: '', headers: { location: 'https://evil.example/' } }
    const { status, headers } = await fail(way, { fault })
    expect(status).toBe(502)
    expect(headers.location).toBeUndefined()
  })
})

describe.each(WAYS.filter(({ stream }) => stream))('$client stream of $model', (way) => {
  const parts = [{ text: 'one two three four five six seven eight' }]
  const check = (bytes: Buffer) =>
    way.client === 'chat'
      ? checkChatStream(bytes, { halfEventBeforeError: isRelay(way) })
      : checkMessagesStream(bytes, { halfEventBeforeError: isRelay(way) })

  it.each([
    ['tells of an error inside', { errorAfterEvents: 4, message: 'It broke, sadly' }],
    ['is cut', { cutAfterEvents: 4 }],
    ['ends cleanly before it is whole', { endAfterEvents: 4 }],
    ['turns to garbage', { garbleAfterEvents: 4 }],
  ])('that %s ends with an error in the dialect', async (_, fault) => {
    const { sluice, upstream } = await startHouse({ retry })
    upstream.next({ parts, fault })
    const { path, body } = ask(way)
    const { status, text, bytes, broken } = await sluice.send(path, { body })
    expect([status, broken]).toEqual([200, false])
    if (!(isRelay(way) && 'garbleAfterEvents' in fault)) expect(check(bytes)).toEqual([])
    expect(text).toMatch(/"error":\{[^\n]+\n\n$/)
    if ('message' in fault) expect(text).toContain('It broke, sadly')
    expect(text).not.toContain('[DONE]')
    expect(text).not.toContain('message_stop')
    expect((await sluice.logged(isCall)).outcome).toMatch(/^upstream_/)
  })

  it('is an error if its first event is an error', async () => {
    const fault = { errorAfterEvents: 0, type: 'overloaded_error', message: 'Overloaded, sorry' }
    const { status, error } = await fail(way, { parts, fault })
    expect(status).toBe(way.client === 'chat' && !isRelay(way) ? 503 : 529)
    expect(error.message).toBe('Overloaded, sorry')
  })

  it('that ends before its first event is a 502', async () => {
    const { status, line } = await fail(way, { parts, fault: { endAfterEvents: 0 } })
    expect([status, line.outcome]).toEqual([502, 'upstream_broken'])
  })
})

describe('an upstream that cannot be reached', () => {
  it.each(WAYS)('is a 502 for $client, $model, stream: $stream', async (way) => {
    const gone = await startUpstream()
    await gone.close()
    const sluice = await sluiceForTest({
      providers: [openaiAt(gone.url), anthropicAt(gone.url)],
      retry,
    })
    const { path, body } = ask(way)
    const { status, json, text } = await sluice.send(path, { body })
    expect(status).toBe(502)
    expect(checkError(way, json)).toEqual([])
    expect(text).not.toContain('127.0.0.1')
    expect((await sluice.logged(isCall)).outcome).toBe('upstream_unreachable')
  })
})

describe('a translated answer that makes no sense', () => {
  it.each([
    ['no JSON', 'so it goes'],
    ['half of the JSON', '{"id":"x","choices":[{"index":0,"mess'],
    ['a list', '[]'],
  ])('is a 502: %s', async (_, answer) => {
    const { sluice, upstream } = await startHouse({ retry })
    upstream.next({
      fault: { rawBytes: [Buffer.from(answer)], contentType: 'application/json' },
    })
    const { status, json } = await sluice.send(MESSAGES, {
      body: messagesBody('x', { model: GPT }),
    })
    expect(status).toBe(502)
    expect(checkMessagesError(json)).toEqual([])
    expect((await sluice.logged(isCall)).outcome).toBe('upstream_invalid')
  })

  it('is a 502 if the connection breaks off in it, on both lanes', async () => {
    const { sluice, upstream } = await startHouse({ retry })
    for (const model of [GPT, CLAUDE]) {
      upstream.next({ parts: [{ text: 'hello' }], fault: { cutAfterEvents: 1 } })
      const { status, json } = await sluice.send(MESSAGES, { body: messagesBody('x', { model }) })
      expect(status).toBe(502)
      expect(checkMessagesError(json)).toEqual([])
    }
  })
})

describe('a refusal of our own key', () => {
  it.each([401, 403])('with %i is logged as the fault of the operator', async (status) => {
    for (const model of [GPT, CLAUDE]) {
      const { sluice } = await fail({ client: 'chat', model, stream: false }, { fault: { status } })
      const line = await sluice.logged(({ level }) => Number(level) >= 50)
      expect(line).toMatchObject({
        status,
        provider: model === GPT ? 'openai' : 'anthropic',
        msg: expect.stringContaining('key'),
      })
    }
  })

  it('is also logged for a count', async () => {
    const upstream = closeLater(await startUpstream({ keys: { anthropic: 'another' } }))
    const sluice = await sluiceForTest({ providers: [anthropicAt(upstream.url)] })
    const body = { ...messagesBody(), max_tokens: undefined }
    const { status } = await sluice.send(`${MESSAGES}/count_tokens`, { body })
    expect(status).toBe(401)
    expect(sluice.log.some(({ level }) => Number(level) >= 50)).toBe(true)
  })

  it('is not logged as the operator’s fault with 400', async () => {
    const { sluice } = await fail(
      { client: 'chat', model: GPT, stream: false },
      { fault: { status: 400 } },
    )
    expect(sluice.log.filter(({ level }) => Number(level) >= 50)).toEqual([])
  })
})
