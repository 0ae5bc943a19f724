/** What a caller is told while limits cannot be checked. */
import { GatewayError } from '#model'
import { PROBE_MS } from './health.ts'

export const unavailable = (): GatewayError =>
  new GatewayError(
    'store_unavailable',
    'The limits cannot be checked at present. Try again shortly.',
    { retryAfterMs: PROBE_MS },
  )
