/** Errors, as a complete answer or as the last event of a stream. */
import { type ErrorCode, type GatewayError, isJsonObject, type JsonObject } from '#model'
import { type ByteString, sseEvent } from '#streams'
import { toText } from '../requests/lenient-fields.ts'
import { decodeStreamError, toErrorObject } from '../errors/openai-error.ts'
import { findForeignFault, type StreamFault } from '../answers/stream-faults.ts'
import { NOTHING_ASKED } from './response/empty-response.ts'

export { decodeStreamError, encodeError } from '../errors/openai-error.ts'
export { toUpstreamError as decodeError } from '../errors/upstream-failure.ts'

/** Codex decides by these codes whether to retry; for every other code it retries. */
const CODES: Readonly<Partial<Record<ErrorCode, string>>> = {
  invalid_request: 'invalid_prompt',
  rate_limited: 'rate_limit_exceeded',
  at_capacity: 'server_is_overloaded',
  upstream_rejected: 'invalid_prompt',
  upstream_rate_limited: 'rate_limit_exceeded',
  upstream_overloaded: 'server_is_overloaded',
}

/** Finds an error of any shape among the events of a stream. A failed response is not one. */
export const findFault = (event: JsonObject, name: ByteString): StreamFault | undefined => {
  const { type, message, error } = event
  if (type !== 'error')
    return (toText(type) || name).startsWith('response.')
      ? undefined
      : findForeignFault(event, name)
  const isOwn = typeof message === 'string' || isJsonObject(error)
  return { error: decodeStreamError(event), isForeign: !isOwn }
}

/** Finds an error in place of a complete answer. A failed response is an answer, too. */
export const decodeFault = (answer: JsonObject): GatewayError | undefined => {
  const { output, object } = answer
  const isAnswer = Array.isArray(output) || (toText(object) !== '' && object !== 'error')
  return isAnswer ? undefined : findFault(answer, '')?.error
}

/** The required fields of a response, for one that never started. */
const UNSTARTED: JsonObject = {
  object: 'response',
  model: 'unknown',
  output: [],
  error: null,
  usage: null,
  ...NOTHING_ASKED,
}

/** `context` comes from the tap of this stream, so that the failure belongs to the answer that started. */
export const encodeStreamError = (
  error: GatewayError,
  requestId: string,
  context: JsonObject = {},
): ByteString => {
  const { message } = toErrorObject(error)
  const started = isJsonObject(context.response) ? context.response : undefined
  const sequence = typeof context.sequence_number === 'number' ? context.sequence_number : 0
  const response = {
    ...UNSTARTED,
    id: `resp_${requestId}`,
    created_at: Math.floor(Date.now() / 1000),
    ...started,
  }
  // A response must be created before it can fail.
  const isFirst = !started && sequence === 0
  const created = isFirst ? toEvent('created', 0, { ...response, status: 'in_progress' }) : ''
  const code = error.vendorCode ?? CODES[error.code] ?? 'server_error'
  const failed = { ...response, status: 'failed', error: { code, message } }
  return created + toEvent('failed', isFirst ? 1 : sequence, failed)
}

const toEvent = (name: string, sequence: number, response: JsonObject): ByteString =>
  sseEvent(`response.${name}`, { type: `response.${name}`, sequence_number: sequence, response })
