/** How the socket of a session ends. The reason is the position up to which its client was sent events. */
import type { ErrorCode, GatewayError } from '#model'

const CLOSE = {
  failed: 1011,
  restarting: 1012,
  noMemory: 1013,
  badFrames: 4400,
  notAdmitted: 4401,
  wrongOrigin: 4403,
  noSession: 4404,
  tooSlow: 4408,
  tooLarge: 4413,
  tooMany: 4429,
} as const

const CODES: Readonly<Partial<Record<ErrorCode, number>>> = {
  at_capacity: CLOSE.noMemory,
  client_stalled: CLOSE.tooSlow,
  // Another process reads this session on.
  conflict: CLOSE.restarting,
  forbidden: CLOSE.wrongOrigin,
  invalid_request: CLOSE.badFrames,
  not_found: CLOSE.noSession,
  rate_limited: CLOSE.tooMany,
  request_too_large: CLOSE.tooLarge,
  // It can be read again soon, here or in another process.
  store_unavailable: CLOSE.restarting,
  unauthenticated: CLOSE.notAdmitted,
}

export const { badFrames: BAD_FRAMES, notAdmitted: NOT_ADMITTED, restarting: RESTARTING } = CLOSE

export const closeCodeOf = ({ code }: GatewayError): number => CODES[code] ?? CLOSE.failed
