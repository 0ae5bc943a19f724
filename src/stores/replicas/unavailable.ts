/** What is thrown while the other processes cannot be asked. */
import { GatewayError } from '#model'

/** When it may be tried again. */
const RETRY_AFTER_MS = 1_000

export const replicasUnavailable = (
  message = 'The other processes cannot be reached at present. Try again shortly.',
): GatewayError => new GatewayError('store_unavailable', message, { retryAfterMs: RETRY_AFTER_MS })
