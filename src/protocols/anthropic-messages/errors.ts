/** Errors, as a complete answer or as the last event of a stream. */
import { GatewayError, isJsonObject, type JsonObject, parseObject } from '#model'
import { type ByteString, sseEvent } from '#streams'
import { lookUp } from '../requests/fields.ts'
import { toText } from '../requests/lenient-fields.ts'
import type { EncodedError, UpstreamFailure } from '../protocol.ts'
import { decodeStreamError as decodeForeignError } from '../errors/openai-error.ts'
import { findForeignFault, type StreamFault } from '../answers/stream-faults.ts'
import { toRetryHeaders, toStreamError, toUpstreamError } from '../errors/upstream-failure.ts'
import { toVendorError } from '../errors/vendor-error.ts'

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const STATUSES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(TYPES).map(([status, type]) => [type, Number(status)])),
  invalid_request_error: 400,
  api_error: 500,
}

const toType = (status: number): string =>
  TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'api_error')

export const decodeError = (failure: UpstreamFailure): GatewayError => toUpstreamError(failure)

/** The `error` event of a stream. Its type gives the status that the answer would have had. */
const decodeStreamError = (event: JsonObject): GatewayError => {
  const { type } = toVendorError(event)
  const status = lookUp(STATUSES, type) ?? decodeForeignError(event).status
  return toStreamError(event, status)
}

/** The type of every event, and of a complete answer, starts like this. A ping carries nothing. */
const isOwn = (type: string): boolean =>
  type.startsWith('message') || type.startsWith('content_block')

/** Finds an error of any shape among the events of a stream or in place of a complete answer. */
export const findFault = (event: JsonObject, name: ByteString): StreamFault | undefined => {
  const { type, error } = event
  if (type === 'error') return { error: decodeStreamError(event), isForeign: !isJsonObject(error) }
  return isOwn(toText(type) || name) ? undefined : findForeignFault(event, name)
}

export const decodeFault = (answer: JsonObject): GatewayError | undefined =>
  findFault(answer, '')?.error

export const encodeError = (error: GatewayError, requestId: string): EncodedError => ({
  status: error.status,
  headers: toRetryHeaders(error),
  body: toBody(error, requestId),
})

export const encodeStreamError = (error: GatewayError, requestId: string): ByteString =>
  sseEvent('error', toBody(error, requestId))

const toBody = (error: GatewayError, requestId: string): JsonObject => ({
  type: 'error',
  error: {
    ...toOwnWords(error),
    message: error.message === '' ? 'The request failed.' : error.message,
  },
  request_id: requestId === '' ? null : requestId,
})

/** Type and details: the upstream's own if it speaks this protocol, otherwise derived from the status. */
const toOwnWords = (error: GatewayError): JsonObject => {
  const upstream = error.upstream && parseObject(error.upstream.body)
  const own = upstream?.type === 'error' && isJsonObject(upstream.error) ? upstream.error : {}
  if (lookUp(STATUSES, own.type) !== undefined) return own
  const type = toType(error.status)
  return error.vendorCode === undefined
    ? { type }
    : { type, details: { error_code: error.vendorCode } }
}
