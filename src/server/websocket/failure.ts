/** The failure of a call, as a client of a WebSocket sees it. */
import type { Answer } from '#gateway'
import {
  ERROR_KINDS,
  type ErrorCode,
  type GatewayError,
  isJsonObject,
  type JsonObject,
  parseObject,
} from '#model'
import { openaiChat, type Protocol } from '#protocols'
import { fromByteString, headerOf, sseEvent } from '#streams'

export interface Failure {
  readonly status: number
  /** In OpenAI's format: message, type, code, param. */
  readonly error: JsonObject
  /** Alternating names and values. */
  readonly headers: readonly string[]
}

export const toFailure = (error: GatewayError): Failure => {
  const { status, headers, body } = openaiChat.encodeError(error, '')
  return { status, headers: Object.entries(headers).flat(), error: errorOf(body) }
}

/** From an answer that is a refusal, in its own words. */
export const readFailure = ({ status, headers, body }: Answer): Failure => {
  const parsed = typeof body === 'string' ? (parseObject(fromByteString(body)) ?? {}) : {}
  return { status, headers, error: errorOf(parsed) }
}

/** From an event of a stream that reports a failure. */
export const readStreamFailure = (protocol: Protocol, name: string, event: JsonObject): Failure => {
  const tap = protocol.createTap()
  tap.push(sseEvent(name, event))
  const error = errorOf(isJsonObject(event.error) ? event : { error: event })
  return {
    status: ownStatus(error.code) ?? tap.error?.status ?? 500,
    headers: [],
    error,
  }
}

/** The member of an error frame that says after how many seconds to try again, if that is known. */
export const toRetryAfter = ({ headers }: Failure): JsonObject => {
  const seconds = headerOf(headers, 'retry-after') ?? ''
  return /^\d{1,9}$/.test(seconds) ? { retry_after: Number(seconds) } : {}
}

/** A code that no upstream uses is one of ours. */
const ownStatus = (code: unknown): number | undefined =>
  typeof code === 'string' && code.startsWith('upstream_') && code in ERROR_KINDS
    ? ERROR_KINDS[code as ErrorCode].status
    : undefined

const errorOf = ({ error }: JsonObject): JsonObject => {
  const details = isJsonObject(error) ? error : {}
  return {
    message: typeof details.message === 'string' ? details.message : 'The request failed.',
    type: typeof details.type === 'string' && details.type !== 'error' ? details.type : 'api_error',
    param: details.param ?? null,
    code: details.code ?? null,
  }
}
