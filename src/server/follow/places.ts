/** How many connections a session has, and how many WebSockets an owner, in all processes together. */
import { createHash, randomUUID } from 'node:crypto'
import { ANONYMOUS, type Caller, scopeOf } from '#access'
import { GatewayError } from '#model'

const MAX_CONNECTIONS_OF_SESSION = 64
const MAX_SOCKETS_OF_OWNER = 20

/** After this time, the connections of a process that died do not count any more. */
const PLACE_MS = 15_000

/** When a place may be free again, as far as anybody can say. */
const RETRY_MS = 1_000

/** One of at most `max`, until it is released or its process is gone. */
interface Slot {
  readonly kind: 'slot'
  readonly key: string
  readonly max: number
  readonly lease: string
  readonly ttlMs: number
}

/** The part of live state that counts places. */
export interface Slots {
  /** @throws GatewayError `store_unavailable` */
  take(slots: readonly Slot[]): Taken | Promise<Taken>
  /** Never throws. */
  release(slots: readonly Slot[]): void
}

interface Taken {
  readonly allowed: boolean
}

type Release = () => void

export interface Places {
  /**
   * For a WebSocket.
   *
   * @returns a function that releases the place.
   * @throws GatewayError `rate_limited`, or `store_unavailable` if nobody can count them.
   */
  takeOfOwner(caller: Caller): Release | Promise<Release>
  /** As above. */
  takeOfSession(caller: Caller, sessionId: string): Release | Promise<Release>
}

export const createPlaces = (slots: Slots): Places => {
  const take = (
    caller: Caller,
    place: string,
    max: number,
    whose: string,
  ): Release | Promise<Release> => {
    // Without keys there is one user of one machine.
    if (caller.id === ANONYMOUS.id) return () => undefined
    const slot: Slot = {
      kind: 'slot',
      key: `{place:${digest(place)}}`,
      max,
      lease: randomUUID(),
      ttlMs: PLACE_MS,
    }
    const toRelease = ({ allowed }: Taken): Release => {
      if (!allowed) throw tooMany(max, whose)
      return () => slots.release([slot])
    }
    const taken = slots.take([slot])
    return taken instanceof Promise ? taken.then(toRelease) : toRelease(taken)
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

/** Names of users are in no key of a store. */
const digest = (place: string): string =>
  createHash('sha256').update(place).digest('hex').slice(0, 24)

const tooMany = (most: number, whose: string): GatewayError =>
  new GatewayError(
    'rate_limited',
    `There are ${most} connections of ${whose}. Close one of them.`,
    {
      vendorCode: 'too_many_connections',
      retryAfterMs: RETRY_MS,
    },
  )
