import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { anthropicMessages } from '#protocols'
import { checkMessagesError, checkMessagesStream } from '../../tools/checkers/index.ts'

const { decodeError, encodeError, encodeStreamError } = anthropicMessages

const failure = (status: number, body: unknown, rawHeaders: readonly string[] = []) => ({
  status,
  rawHeaders,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

const write = (error: GatewayError) => {
  const encoded = encodeError(error, 'req_1')
  expect(checkMessagesError(encoded.body)).toEqual([])
  return encoded
}

describe('a failed answer', () => {
  it.each([
    [400, 'upstream_rejected', 'invalid_request_error'],
    [401, 'upstream_denied', 'authentication_error'],
    [402, 'upstream_denied', 'billing_error'],
    [403, 'upstream_denied', 'permission_error'],
    [404, 'upstream_missing', 'not_found_error'],
    [413, 'upstream_rejected', 'request_too_large'],
    [418, 'upstream_rejected', 'invalid_request_error'],
    [422, 'upstream_rejected', 'invalid_request_error'],
    [429, 'upstream_rate_limited', 'rate_limit_error'],
    [500, 'upstream_failed', 'api_error'],
    [503, 'upstream_overloaded', 'api_error'],
    [504, 'upstream_timeout', 'timeout_error'],
    [529, 'upstream_overloaded', 'overloaded_error'],
  ])('of status %i is %s, and is written as %s', (status, code, type) => {
    const error = decodeError(failure(status, { error: { message: 'Because.', type: 'odd' } }))
    expect(error).toMatchObject({ code, status, message: 'Because.' })
    expect(write(error)).toMatchObject({
      status,
      body: { type: 'error', error: { type, message: 'Because.' }, request_id: 'req_1' },
    })
  })

  it('of the same vendor keeps its message', () => {
    const error = {
      type: 'not_found_error',
      message: 'max_tokens: 9 > 8',
      details: { error_code: 'thread_not_found', hint: 1 },
    }
    const decoded = decodeError(failure(400, { type: 'error', error, request_id: 'req_9' }))
    expect(decoded).toMatchObject({
      vendorType: 'not_found_error',
      vendorCode: 'thread_not_found',
    })
    expect(write(decoded).body).toEqual({ type: 'error', error, request_id: 'req_1' })
  })

  it('may be an HTML page or empty', () => {
    const page = '<html>Bad gateway</html>'
    expect(decodeError(failure(502, page))).toMatchObject({
      code: 'upstream_failed',
      message: page,
    })
    expect(decodeError(failure(502, ' ')).message).toBe('The upstream answered with status 502.')
    expect(decodeError(failure(500, 'x'.repeat(100_000))).message.length).toBeLessThan(5000)
  })

  it('that redirects is not an answer', () => {
    expect(decodeError(failure(302, ''))).toMatchObject({ code: 'upstream_failed', status: 502 })
  })

  it.each([
    [{ error: 'plain' }, 'plain'],
    [{ message: 'top' }, 'top'],
    [{ detail: [{ loc: ['body', 'top_p'] }] }, 'top_p: invalid'],
    [{ detail: { any: 'thing' } }, '{"any":"thing"}'],
    [[{ error: { message: 'listed' } }], 'listed'],
  ])('is read from %j', (body, message) => {
    expect(decodeError(failure(400, body)).message).toBe(message)
  })

  it('passes on when to try again', () => {
    const headers = ['Retry-After', '7', 'X-Should-Retry', 'true']
    const error = decodeError(failure(429, {}, headers))
    expect(error.retryAfterMs).toBe(7000)
    expect(write(error).headers).toEqual({ 'retry-after': '7', 'x-should-retry': 'true' })
    expect(decodeError(failure(429, {}, ['retry-after-ms', '1500'])).retryAfterMs).toBe(1500)
    expect(decodeError(failure(429, {}, ['retry-after', 'soon'])).retryAfterMs).toBeUndefined()
    const later = new Date(Date.now() + 60_000).toUTCString()
    const { retryAfterMs = 0 } = decodeError(failure(429, {}, ['retry-after', later]))
    expect(retryAfterMs).toBeGreaterThan(50_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })
})

describe('an error of our own', () => {
  it('is identified by its status, with its code if it has one', () => {
    const error = new GatewayError('invalid_request', 'No threads here.', {
      vendorCode: 'thread_unsupported_request',
    })
    expect(write(error)).toEqual({
      status: 400,
      headers: {},
      body: {
        type: 'error',
        error: {
          type: 'invalid_request_error',
          message: 'No threads here.',
          details: { error_code: 'thread_unsupported_request' },
        },
        request_id: 'req_1',
      },
    })
  })

  it('reports when to retry, if that is known', () => {
    const error = new GatewayError('at_capacity', 'Full.', { retryAfterMs: 1200 })
    expect(write(error)).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
  })

  it('is the last event of a stream', () => {
    const error = new GatewayError('upstream_broken', 'It broke.')
    const bytes = Buffer.from(encodeStreamError(error, 'req_1'), 'latin1')
    expect(checkMessagesStream(bytes)).toEqual([])
    expect(bytes.toString()).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"It broke."},"request_id":"req_1"}\n\n',
    )
  })
})
