/** Errors in the form of OpenAI's protocols. */
import { type ErrorCode, GatewayError, isJsonObject, type JsonObject, parseObject } from '#model'
import { lookUp } from '../requests/fields.ts'
import type { EncodedError } from '../protocol.ts'
import { toRetryHeaders, toStreamError } from './upstream-failure.ts'
import { toVendorError } from './vendor-error.ts'

const CODES: Readonly<Partial<Record<ErrorCode, string>>> = {
  unauthenticated: 'invalid_api_key',
  forbidden: 'forbidden',
  not_found: 'not_found',
  method_not_allowed: 'method_not_allowed',
  request_too_large: 'request_too_large',
  loop_detected: 'loop_detected',
  rate_limited: 'rate_limit_exceeded',
  at_capacity: 'server_is_overloaded',
  store_unavailable: 'store_unavailable',
  internal: 'server_error',
  upstream_denied: 'upstream_denied',
  upstream_missing: 'not_found',
  upstream_rate_limited: 'rate_limit_exceeded',
  upstream_failed: 'server_error',
  upstream_overloaded: 'server_is_overloaded',
  upstream_unreachable: 'upstream_unreachable',
  upstream_broken: 'upstream_broken',
  upstream_invalid: 'upstream_invalid',
  upstream_timeout: 'upstream_timeout',
}

/** The status that an error inside a stream would have had, by its type or code. */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  invalid_prompt: 400,
  context_length_exceeded: 400,
  authentication_error: 401,
  invalid_api_key: 401,
  permission_error: 403,
  not_found_error: 404,
  not_found: 404,
  model_not_found: 404,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  server_is_overloaded: 503,
  store_unavailable: 503,
  overloaded_error: 529,
}

const toType = (status: number): string => {
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'api_error'
}

/** The type and code of an upstream that speaks this dialect; those of other dialects mean nothing here. */
const ownWords = (error: GatewayError): JsonObject => {
  const body = error.upstream && parseObject(error.upstream.body)
  return body && body.type !== 'error' && isJsonObject(body.error) ? body.error : {}
}

export const toErrorObject = (error: GatewayError) => {
  const { type, code } = ownWords(error)
  return {
    message: error.message === '' ? 'The request failed.' : error.message,
    type: typeof type === 'string' && type !== '' ? type : toType(error.status),
    param: error.param ?? null,
    code: code === null ? null : (error.vendorCode ?? CODES[error.code] ?? null),
  }
}

export const encodeError = (error: GatewayError): EncodedError => ({
  // 529, Anthropic's status for overload, is unknown to clients of this dialect.
  status: error.status === 529 ? 503 : error.status,
  headers: toRetryHeaders(error),
  body: { error: toErrorObject(error) },
})

/** An error inside a stream: `{error: ...}`, or the fields of one. */
export const decodeStreamError = (event: JsonObject): GatewayError => {
  const { type, code, status: reported = 0 } = toVendorError(event)
  const status =
    reported >= 400 ? reported : (lookUp(STATUSES, code) ?? lookUp(STATUSES, type) ?? 500)
  return toStreamError(event, status)
}
