/** Why somebody is no longer in a session of this process. */
import { GatewayError } from '#model'
import { storeUnavailable } from './from-store.ts'

export const goingAway = (): GatewayError =>
  new GatewayError('at_capacity', 'The session goes on elsewhere.', { vendorCode: 'going_away' })

export const deleted = (): GatewayError => new GatewayError('not_found', 'The session was deleted.')

const MOVED = 'session_moved'

/** Nothing has been done: it has to be asked for again, where the session is now. */
export const moved = (): GatewayError =>
  new GatewayError(
    'store_unavailable',
    'The session is moving to another server. Try again shortly.',
    { vendorCode: MOVED, retryAfterMs: 1_000 },
  )

export const isMoved = (thrown: unknown): boolean =>
  thrown instanceof GatewayError && thrown.vendorCode === MOVED

/** What fails with it may have been done. */
export const takenOver = (): GatewayError =>
  new GatewayError('conflict', 'Another process has taken the session over.')

/** Clients learn of a move in the middle of something as of a store that failed: it can be tried again. */
export const asUnsure = (thrown: unknown): unknown =>
  isTakenOver(thrown) ? storeUnavailable(thrown) : thrown

/** Other conflicts have a code of their own. */
export const isTakenOver = (thrown: unknown): boolean =>
  thrown instanceof GatewayError && thrown.code === 'conflict' && thrown.vendorCode === undefined
