/** Every fault that a script can ask for, seen from the client. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer, Fault } from './answer.ts'
import { ANTHROPIC_HEADERS, ask, errorOf, OPENAI_HEADERS, readEvents } from '../ask.ts'
import { startUpstream } from '../start.ts'
import type { Upstream } from '../start.ts'

let upstream: Upstream
beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream.close())

const messages = [{ role: 'user', content: 'hello' }]
const BODIES: Record<string, object> = {
  '/v1/chat/completions': { model: 'gpt-4o', messages },
  '/v1/messages': { model: 'claude-opus-5', max_tokens: 100, messages },
  '/v1/responses': { model: 'gpt-5', input: 'hello' },
}
const PATHS = Object.keys(BODIES)

const parts: Answer['parts'] = [{ text: 'a text that is long enough for several deltas' }]

const script = (fault: Fault, more: Answer = {}) => upstream.next({ parts, fault, ...more })

const open = (path: string, stream: boolean, signal?: AbortSignal) =>
  fetch(upstream.url + path, {
    method: 'POST',
    headers: path === '/v1/messages' ? ANTHROPIC_HEADERS : OPENAI_HEADERS,
    body: JSON.stringify({ ...BODIES[path], stream }),
    ...(signal && { signal }),
  })

/** Reads to the end, or to where it breaks. */
const readAll = async (response: Response) => {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
    return { text, broken: false }
  } catch {
    return { text, broken: true }
  }
}

describe.each(PATHS)('%s', (path) => {
  it('is cut after some events', async () => {
    script({ cutAfterEvents: 3 })
    const { text, broken } = await readAll(await open(path, true))
    expect(readEvents(text)).toHaveLength(3)
    expect(broken).toBe(true)
    expect(upstream.calls.at(-1)?.closedEarly).toBe(false)
  })

  it('ends cleanly without its terminator', async () => {
    script({ endAfterEvents: 3 })
    const { text, broken } = await readAll(await open(path, true))
    expect(readEvents(text)).toHaveLength(3)
    expect(broken).toBe(false)
  })

  it('stalls after some events', async () => {
    script({ stallAfterEvents: 2 })
    const leave = new AbortController()
    const response = await open(path, true, leave.signal)
    const reading = readAll(response)
    const outcome = await Promise.race([reading, sleep(150).then(() => 'stalled')])
    expect(outcome).toBe('stalled')
    leave.abort()
    await upstream.calls.at(-1)?.closed
    expect(readEvents((await reading).text)).toHaveLength(2)
    expect(upstream.calls.at(-1)?.closedEarly).toBe(true)
  })

  it('sends a line that is not JSON', async () => {
    script({ garbleAfterEvents: 2 })
    const { text } = await readAll(await open(path, true))
    const last = text.trimEnd().split('\n').at(-1) ?? ''
    expect(() => JSON.parse(last.slice('data: '.length)) as unknown).toThrow(SyntaxError)
  })

  it('breaks off a complete answer in the middle', async () => {
    script({ cutAfterEvents: 1 })
    expect(await readAll(await open(path, false))).toMatchObject({ broken: true })
    script({ endAfterEvents: 1 })
    const half = await readAll(await open(path, false))
    expect(half.broken).toBe(false)
    expect(() => JSON.parse(half.text) as unknown).toThrow(SyntaxError)
    script({ garbleAfterEvents: 1 })
    const garbled = await readAll(await open(path, false))
    expect(garbled.text.startsWith('<{')).toBe(true)
    script({ errorAfterEvents: 1 })
    expect((await open(path, false)).status).toBe(500)
  })

  it('resets the connection before any answer', async () => {
    script({ resetBeforeAnswer: true })
    await expect(open(path, true)).rejects.toThrow('fetch failed')
    expect(upstream.calls.at(-1)?.closedEarly).toBe(false)
  })

  it('never answers', async () => {
    script({ neverAnswer: true })
    await expect(open(path, false, AbortSignal.timeout(150))).rejects.toThrow('timeout')
    await upstream.calls.at(-1)?.closed
    expect(upstream.calls.at(-1)?.closedEarly).toBe(true)
  })

  it('answers with a page instead', async () => {
    script({ html: 502 })
    const response = await open(path, true)
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toContain('<html>')
  })
})

describe('an error inside a stream', () => {
  const fault = { errorAfterEvents: 2, type: 'overloaded_error', message: 'too many' }

  it('is a data line of its own in chat, with no finish reason', async () => {
    script(fault)
    const { text } = await readAll(await open('/v1/chat/completions', true))
    expect(readEvents(text).at(-1)?.data).toEqual({
      error: {
        message: 'too many',
        type: 'overloaded_error',
        param: null,
        code: 'overloaded_error',
      },
    })
    expect(text).not.toContain('"finish_reason":"')
  })

  it('is an error event in Messages', async () => {
    script(fault)
    const { text } = await readAll(await open('/v1/messages', true))
    expect(readEvents(text).at(-1)).toMatchObject({
      event: 'error',
      data: { type: 'error', error: { type: 'overloaded_error', message: 'too many' } },
    })
  })

  it('is a failed response in Responses', async () => {
    script({ ...fault, type: 'server_is_overloaded' })
    const { text } = await readAll(await open('/v1/responses', true))
    expect(readEvents(text).at(-1)).toMatchObject({
      event: 'response.failed',
      data: {
        sequence_number: 2,
        response: {
          status: 'failed',
          error: { code: 'server_is_overloaded', message: 'too many' },
        },
      },
    })
  })
})

describe('a status', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error'],
  ])('%i has Anthropic’s body', async (status, type) => {
    script({ status })
    const answer = await ask(upstream, '/v1/messages', BODIES['/v1/messages'] ?? {})
    expect(answer.status).toBe(status)
    expect(answer.json).toMatchObject({ type: 'error', error: { type } })
    expect(answer.json.request_id).toBe(answer.headers.get('request-id'))
  })

  it.each([
    [401, 'invalid_api_key'],
    [429, 'rate_limit_exceeded'],
    [500, null],
    [503, null],
  ])('%i has OpenAI’s body', async (status, code) => {
    script({ status, headers: { 'retry-after': '7' } })
    const answer = await ask(upstream, '/v1/responses', BODIES['/v1/responses'] ?? {})
    expect(answer.status).toBe(status)
    expect(errorOf(answer)).toMatchObject({ code, param: null })
    expect(answer.headers.get('retry-after')).toBe('7')
  })

  it('has the body and headers of the script', async () => {
    script({ status: 418, body: 'short and stout', headers: { 'x-pot': 'tea' } })
    const answer = await ask(upstream, '/v1/responses', BODIES['/v1/responses'] ?? {})
    expect([answer.status, answer.text, answer.headers.get('x-pot')]).toEqual([
      418,
      'short and stout',
      'tea',
    ])
  })
})

describe('raw bytes', () => {
  it('are sent unchanged', async () => {
    const rawBytes = ['data: {"a":', '1}\r', '\n\r\n'].map((text) => Buffer.from(text))
    script({ rawBytes })
    const response = await open('/v1/chat/completions', true)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(await response.text()).toBe('data: {"a":1}\r\n\r\n')
  })

  it('may be of another type and status', async () => {
    script({ rawBytes: [Buffer.from('no')], contentType: 'text/plain', status: 203 })
    const response = await open('/v1/messages', false)
    expect([response.status, response.headers.get('content-type')]).toEqual([203, 'text/plain'])
  })
})

/** The value at which a growing number comes to rest. */
const restOf = async (read: () => number) => {
  let before = -1
  for (let now = read(); now > before; now = read()) {
    before = now
    await sleep(300)
  }
  return before
}

describe('an answer', () => {
  it('is delayed and paced as directed', async () => {
    upstream.next({ parts: [{ text: 'abc' }], pieces: 3, delayMs: 60, paceMs: 20 })
    const startedMs = performance.now()
    const response = await open('/v1/chat/completions', true)
    const headersMs = performance.now() - startedMs
    await response.text()
    expect(headersMs).toBeGreaterThan(50)
    expect(performance.now() - startedMs).toBeGreaterThan(headersMs + 60)
  })

  it('is written no faster than it is read', async () => {
    upstream.next({ parts: [{ text: 'x'.repeat(24_000_000) }], pieces: 240 })
    const leave = new AbortController()
    const response = await open('/v1/messages', true, leave.signal)
    const call = upstream.calls.at(-1)
    const written = await restOf(() => call?.bytesWritten ?? 0)
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThan(24_000_000)
    leave.abort()
    await call?.closed
    expect(call?.closedEarly).toBe(true)
    await response.body?.cancel().catch(() => undefined)
  })
})

describe('a fault after no event at all', () => {
  it('leaves an empty stream', async () => {
    script({ endAfterEvents: 0 })
    const response = await open('/v1/chat/completions', true)
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})
