/** How many connections a session has, and how many WebSockets an owner. */
import { ANONYMOUS, type Caller, scopeOf } from '#access'
import { GatewayError } from '#model'

const MAX_CONNECTIONS_OF_SESSION = 64
const MAX_SOCKETS_OF_OWNER = 20

/** When a place may be free again, as far as anybody can say. */
const RETRY_MS = 1_000

export interface Places {
  /** For a WebSocket. @returns a function that releases the place. @throws GatewayError `rate_limited` */
  takeOfOwner(caller: Caller): () => void
  /** @returns a function that releases the place. @throws GatewayError `rate_limited` */
  takeOfSession(caller: Caller, sessionId: string): () => void
}

export const createPlaces = (): Places => {
  const taken = new Map<string, number>()

  const take = (caller: Caller, place: string, most: number, whose: string): (() => void) => {
    // Without keys there is one user of one machine.
    if (caller.id === ANONYMOUS.id) return () => undefined
    const count = taken.get(place) ?? 0
    if (count >= most) throw tooMany(most, whose)
    taken.set(place, count + 1)
    return () => {
      const left = (taken.get(place) ?? 1) - 1
      if (left > 0) taken.set(place, left)
      else taken.delete(place)
    }
  }

  return {
    takeOfOwner: (caller) =>
      take(caller, `owner ${scopeOf(caller)}`, MAX_SOCKETS_OF_OWNER, 'its owner'),
    takeOfSession: (caller, sessionId) =>
      take(
        caller,
        `session ${scopeOf(caller)} ${sessionId}`,
        MAX_CONNECTIONS_OF_SESSION,
        'the session',
      ),
  }
}

const tooMany = (most: number, whose: string): GatewayError =>
  new GatewayError(
    'rate_limited',
    `There are ${most} connections of ${whose}. Close one of them.`,
    {
      vendorCode: 'too_many_connections',
      retryAfterMs: RETRY_MS,
    },
  )
