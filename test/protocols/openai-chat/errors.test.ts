/** Errors of upstreams, read; and ours, written in the words of chat clients. */
import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { openaiChat } from '#protocols'
import { checkChatError } from '../../tools/checkers/index.ts'

const { decodeError, encodeError, encodeStreamError } = openaiChat

const failure = (status: number, body: unknown, rawHeaders: string[] = []) => ({
  status,
  rawHeaders,
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

describe('an error of an upstream', () => {
  it('keeps message, code, type, param and status', () => {
    const body = {
      error: {
        message: 'Too long.',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
    }
    const error = decodeError(failure(400, body))
    expect(error).toMatchObject({
      code: 'upstream_rejected',
      status: 400,
      message: 'Too long.',
      vendorCode: 'context_length_exceeded',
      param: 'messages',
    })
    expect(encodeError(error, 'req_1')).toMatchObject({ status: 400, body })
  })

  it.each([
    [400, 'upstream_rejected'],
    [401, 'upstream_denied'],
    [403, 'upstream_denied'],
    [413, 'upstream_rejected'],
    [422, 'upstream_rejected'],
    [429, 'upstream_rate_limited'],
    [500, 'upstream_failed'],
    [503, 'upstream_overloaded'],
    [529, 'upstream_overloaded'],
  ])('with status %i is %s', (status, code) => {
    expect(decodeError(failure(status, { error: { message: 'x' } }))).toMatchObject({
      code,
      status,
      message: 'x',
    })
  })

  it('may be a page of HTML', () => {
    const page = '<html><h1>502 Bad Gateway</h1></html>'
    const encoded = encodeError(decodeError(failure(502, page)), '')
    expect(encoded).toMatchObject({ status: 502, body: { error: { message: page } } })
    expect(checkChatError(encoded.body)).toEqual([])
  })

  it('keeps whether and when to retry', () => {
    const headers = ['Retry-After', '7', 'X-Should-Retry', 'true']
    const error = decodeError(failure(429, { error: { message: 'Slow.' } }, headers))
    expect(error.retryAfterMs).toBe(7000)
    expect(encodeError(error, '').headers).toMatchObject({
      'retry-after': '7',
      'x-should-retry': 'true',
    })
  })

  it('in Anthropic’s format is translated', () => {
    const body = {
      type: 'error',
      error: { type: 'overloaded_error', message: 'Overloaded' },
      request_id: 'req_1',
    }
    expect(encodeError(decodeError(failure(529, body)), '')).toEqual({
      status: 503,
      headers: {},
      body: {
        error: {
          message: 'Overloaded',
          type: 'api_error',
          param: null,
          code: 'server_is_overloaded',
        },
      },
    })
  })
})

describe('an error of ours', () => {
  it.each([
    [
      new GatewayError('invalid_request', 'x', { param: 'messages[0]' }),
      400,
      'invalid_request_error',
      null,
    ],
    [new GatewayError('unauthenticated', 'x'), 401, 'invalid_request_error', 'invalid_api_key'],
    [new GatewayError('not_found', 'x'), 404, 'invalid_request_error', 'not_found'],
    [new GatewayError('request_too_large', 'x'), 413, 'invalid_request_error', 'request_too_large'],
    [
      new GatewayError('upstream_rate_limited', 'x'),
      429,
      'rate_limit_error',
      'rate_limit_exceeded',
    ],
    [new GatewayError('internal', 'x'), 500, 'api_error', 'server_error'],
    [new GatewayError('upstream_unreachable', 'x'), 502, 'api_error', 'upstream_unreachable'],
    [new GatewayError('upstream_timeout', 'x'), 504, 'api_error', 'upstream_timeout'],
  ])('%s has status %i, type %s and code %s', (error, status, type, code) => {
    const encoded = encodeError(error, '')
    expect(encoded).toMatchObject({ status, body: { error: { type, code } } })
    expect(checkChatError(encoded.body)).toEqual([])
  })

  it('names the field that is wrong', () => {
    const error = new GatewayError('invalid_request', 'x', { param: 'messages[0].content' })
    expect(encodeError(error, '').body).toMatchObject({ error: { param: 'messages[0].content' } })
  })

  it('without a message still has one', () => {
    const { body } = encodeError(new GatewayError('internal', ''), '')
    expect(checkChatError(body)).toEqual([])
  })

  it('in a stream is a frame of data', () => {
    const bytes = encodeStreamError(new GatewayError('upstream_broken', 'Gone: ☃'), '')
    expect(Buffer.from(bytes, 'latin1').toString()).toBe(
      'data: {"error":{"message":"Gone: ☃","type":"api_error","param":null,"code":"upstream_broken"}}\n\n',
    )
  })
})
