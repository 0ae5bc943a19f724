/** What a failed exchange with an upstream is to a call. */
import { GatewayError } from '#model'
import type { TransportError } from '#transport'

const FAILURES = {
  connect_failed: ['upstream_unreachable', 'The upstream could not be reached.'],
  connect_timeout: ['upstream_timeout', 'The upstream could not be reached in time.'],
  closed: ['upstream_broken', 'The upstream closed the connection before its answer was whole.'],
  invalid_coding: [
    'upstream_invalid',
    'The upstream compressed its answer in a way that cannot be undone.',
  ],
  invalid_response: ['upstream_invalid', 'The upstream answered with something that is not HTTP.'],
  handler_threw: ['internal', 'Something went wrong inside the gateway.'],
} as const

export const toUpstreamError = (error: TransportError): GatewayError => {
  const [code, message] = FAILURES[error.failure]
  return new GatewayError(code, message, { cause: error })
}
