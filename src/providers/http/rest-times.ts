/** How long an upstream, or one of our keys there, is left alone because the upstream asks for it. */
import type { GatewayError } from '#model'

/** Longer rests are cut, since nobody would notice that the upstream has changed its mind. */
export const MAX_REST_MS = 3_600_000

/** After a refusal for a limit that does not say when to return. It may be about one large request. */
export const UNTOLD_REST_MS = 1_000

/** As long as the upstream says, if it does. */
export const restAsTold = ({ retryAfterMs }: GatewayError, untoldMs: number): number =>
  Math.min(retryAfterMs ?? untoldMs, MAX_REST_MS)
