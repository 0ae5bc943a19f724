/**
 * Errors, as a complete answer or as the last event of a stream: https://ai.google.dev/gemini-api/docs/troubleshooting
 */
import { type ErrorCode, GatewayError, isJsonObject, type JsonObject, parseJson } from '#model'
import { type ByteString, sseData } from '#streams'
import { lookUp, withoutUndefined } from '../requests/fields.ts'
import type { EncodedError, UpstreamFailure } from '../protocol.ts'
import { decodeStreamError as decodeForeignError } from '../errors/openai-error.ts'
import { findForeignFault, type StreamFault } from '../answers/stream-faults.ts'
import { toRetryHeaders, toUpstreamCode, toUpstreamError } from '../errors/upstream-failure.ts'

/** The names of google.rpc.Code: https://google.aip.dev/193 */
const NAMES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
  529: 'UNAVAILABLE',
}

const STATUSES: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  INTERNAL: 500,
  UNKNOWN: 500,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
}

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo'

const toName = (status: number): string =>
  NAMES[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL')

/** The error object of an answer. Some routes wrap it in a list. */
const toErrorObject = (body: unknown): JsonObject | undefined => {
  if (Array.isArray(body)) return toErrorObject(body[0])
  return isJsonObject(body) && isJsonObject(body.error) ? body.error : undefined
}

const detailsOf = ({ details }: JsonObject): JsonObject[] =>
  Array.isArray(details) ? details.filter(isJsonObject) : []

const toRetryDelayMs = (error: JsonObject): number | undefined => {
  const delay = detailsOf(error).find((detail) => detail['@type'] === RETRY_INFO)?.retryDelay
  const seconds = typeof delay === 'string' ? Number.parseFloat(delay) : Number.NaN
  return seconds >= 0 ? seconds * 1000 : undefined
}

/** Google reports an invalid key as an invalid argument; for Sluice it means that its own key was refused. */
const toCode = (status: number, error: JsonObject): ErrorCode =>
  detailsOf(error).some(({ reason }) => reason === 'API_KEY_INVALID')
    ? 'upstream_denied'
    : toUpstreamCode(status)

export const decodeError = (failure: UpstreamFailure): GatewayError => {
  const plain = toUpstreamError(failure)
  const error = toErrorObject(parseJson(failure.body))
  if (!error) return plain
  const { message } = error
  return new GatewayError(
    toCode(failure.status, error),
    typeof message === 'string' && message !== '' ? message : plain.message,
    withoutUndefined({
      status: plain.status,
      upstream: failure,
      vendorType: typeof error.status === 'string' ? error.status : undefined,
      retryAfterMs: plain.retryAfterMs ?? toRetryDelayMs(error),
    } as ConstructorParameters<typeof GatewayError>[2] & object),
  )
}

const decodeStreamError = (event: JsonObject): GatewayError => {
  const error = toErrorObject(event) ?? event
  const code = Number(typeof error.code === 'object' ? undefined : error.code)
  const status =
    code >= 400 && code < 600
      ? code
      : (lookUp(STATUSES, error.status) ?? decodeForeignError(event).status)
  return decodeError({ status, rawHeaders: [], body: JSON.stringify(event) })
}

/** Every piece of an answer has one of these. */
const OWN_FIELDS = ['candidates', 'promptFeedback', 'usageMetadata']

/** Finds an error of any shape among the pieces of a stream or in place of a complete answer. */
export const findFault = (piece: JsonObject, name: ByteString): StreamFault | undefined => {
  const { error } = piece
  if (isJsonObject(error) && typeof error.message === 'string')
    return { error: decodeStreamError(piece), isForeign: false }
  if (!error && OWN_FIELDS.some((field) => field in piece)) return undefined
  const isFault = findForeignFault(piece, name) !== undefined
  return isFault ? { error: decodeStreamError(piece), isForeign: true } : undefined
}

export const decodeFault = (answer: JsonObject): GatewayError | undefined =>
  findFault(answer, '')?.error

const toBody = (error: GatewayError): JsonObject => {
  const status = toOwnStatus(error)
  const own = error.upstream && toErrorObject(parseJson(error.upstream.body))
  const isOwn = own !== undefined && lookUp(STATUSES, own.status) !== undefined
  const { retryAfterMs } = error
  const retry =
    retryAfterMs === undefined
      ? undefined
      : [{ '@type': RETRY_INFO, retryDelay: `${Math.ceil(retryAfterMs / 1000)}s` }]
  return {
    error: withoutUndefined({
      code: status,
      message: error.message === '' ? 'The request failed.' : error.message,
      status: isOwn ? own.status : toName(status),
      details: isOwn ? own.details : retry,
    }),
  }
}

/** 529, Anthropic's status for overload, is unknown to clients of this dialect and becomes 503. */
const toOwnStatus = ({ status }: GatewayError): number => (status === 529 ? 503 : status)

export const encodeError = (error: GatewayError): EncodedError => ({
  status: toOwnStatus(error),
  headers: toRetryHeaders(error),
  body: toBody(error),
})

export const encodeStreamError = (error: GatewayError): ByteString => sseData(toBody(error))
