/** Errors as the events of a session show them: `{message, type, code, param}`. */
import type { GatewayError } from '../error.ts'
import type { EventError } from './session-event.ts'

export const toEventError = ({
  message,
  status,
  code,
  vendorCode,
  param,
}: GatewayError): EventError => ({
  message: message === '' ? 'The request failed.' : message,
  type: typeOf(status),
  code: vendorCode ?? code,
  param: param ?? null,
})

const typeOf = (status: number): string => {
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'api_error'
}
