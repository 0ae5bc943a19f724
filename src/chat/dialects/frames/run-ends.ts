/** Why a run did not end as its user wanted. */
import { type ErrorCode, ERROR_KINDS, type EventError, GatewayError, type LogEvent } from '#model'

export type EndOfRun = Pick<Extract<LogEvent, { type: 'run_end' }>, 'status' | 'error'>

const INTERRUPTED: EventError = {
  message: 'The answer was interrupted. It can be continued.',
  type: 'server_error',
  code: 'interrupted',
  param: null,
}

const FAILED: EventError = {
  message: 'The answer failed.',
  type: 'server_error',
  code: 'internal',
  param: null,
}

/** Undefined if it did: it is done, or was cancelled. */
export const errorOfEnd = ({ status, error }: EndOfRun): EventError | undefined => {
  if (status === 'failed') return error ?? FAILED
  return status === 'interrupted' ? (error ?? INTERRUPTED) : undefined
}

const BY_TYPE: Readonly<Record<string, ErrorCode>> = {
  invalid_request_error: 'upstream_rejected',
  authentication_error: 'upstream_denied',
  permission_error: 'forbidden',
  not_found_error: 'upstream_missing',
  conflict_error: 'conflict',
  rate_limit_error: 'upstream_rate_limited',
}

/** An error of an event, with the status that it has over HTTP. */
export const fromEventError = ({ message, type, code, param }: EventError): GatewayError => {
  const details = { vendorCode: code, ...(param !== null && { param }) }
  if (code === INTERRUPTED.code) return new GatewayError('at_capacity', message, details)
  if (Object.hasOwn(ERROR_KINDS, code)) return new GatewayError(code as ErrorCode, message, details)
  const kind = Object.hasOwn(BY_TYPE, type) ? BY_TYPE[type] : undefined
  return new GatewayError(kind ?? 'upstream_failed', message, details)
}
