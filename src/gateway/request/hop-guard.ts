/** Ends calls that return to where they started, when gateways are configured in a circle. */
import { randomBytes } from 'node:crypto'
import { GatewayError } from '#model'
import { headerOf } from '#streams'

const HEADER = 'x-sluice-hops'
const MAX_HOPS = 8

export interface HopGuard {
  /** @throws GatewayError `loop_detected` */
  check(rawHeaders: readonly string[]): void
  /** Headers for the next hop, as alternating names and values. */
  headers(rawHeaders: readonly string[]): readonly string[]
}

export const createHopGuard = (): HopGuard => {
  const own = randomBytes(6).toString('hex')
  const fresh = [HEADER, own]

  return {
    check(rawHeaders) {
      const hops = headerOf(rawHeaders, HEADER)?.split(',') ?? []
      if (hops.includes(own) || hops.length >= MAX_HOPS)
        throw new GatewayError(
          'loop_detected',
          'This call has been here before: a target of this gateway leads back to it.',
        )
    },
    headers(rawHeaders) {
      const hops = headerOf(rawHeaders, HEADER)
      return hops === undefined ? fresh : [HEADER, `${hops},${own}`]
    },
  }
}
