/** What a client of a socket is told of a call that failed. */
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
import { fromByteString, sseEvent } from '#streams'

export interface Failure {
  readonly status: number
  /** As OpenAI writes it: message, type, code, param. */
  readonly error: JsonObject
  /** Names and values in turn. */
  readonly headers: readonly string[]
}

export const toFailure = (error: GatewayError): Failure => {
  const { status, headers, body } = openaiChat.encodeError(error, '')
  return { status, headers: Object.entries(headers).flat(), error: errorOf(body) }
}

/** Of an answer that is a refusal, in the words that it has. */
export const readFailure = ({ status, headers, body }: Answer): Failure => {
  const parsed = typeof body === 'string' ? (parseObject(fromByteString(body)) ?? {}) : {}
  return { status, headers, error: errorOf(parsed) }
}

/** Of an event of a stream that tells of a failure. */
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

/** What no upstream calls so is a failure that we found. */
const ownStatus = (code: unknown): number | undefined =>
  typeof code === 'string' && code.startsWith('upstream_') && code in ERROR_KINDS
    ? ERROR_KINDS[code as ErrorCode].status
    : undefined

const errorOf = ({ error }: JsonObject): JsonObject => {
  const told = isJsonObject(error) ? error : {}
  return {
    message: typeof told.message === 'string' ? told.message : 'The request failed.',
    type: typeof told.type === 'string' && told.type !== 'error' ? told.type : 'api_error',
    param: told.param ?? null,
    code: told.code ?? null,
  }
}
