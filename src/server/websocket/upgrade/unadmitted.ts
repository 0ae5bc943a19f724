/** Sockets that have not sent their key yet. No caller accounts for them, so their number is bounded by network. */
import { toNetwork } from '#access'
import { GatewayError } from '#model'

const MAX_UNADMITTED = 256

interface Waiting {
  readonly remoteAddress?: string | undefined
  once(event: 'close', listener: () => void): unknown
  destroy(): unknown
}

export interface Unadmitted<Key extends Waiting> {
  /** @throws GatewayError `at_capacity` */
  add(socket: Key): void
  /** Sets how the socket is told that it must make room for another. Before this is set, it is destroyed. */
  onEvicted(socket: Key, evict: (error: GatewayError) => void): void
  delete(socket: Key): void
}

interface Place {
  readonly network: string
  evict: (error: GatewayError) => void
}

export const createUnadmitted = <Key extends Waiting>(most = MAX_UNADMITTED): Unadmitted<Key> => {
  /** The oldest first. */
  const places = new Map<Key, Place>()

  /** The oldest socket of the network with the most, if that network has more than the newcomer's. */
  const findExcess = (newcomer: string): Key | undefined => {
    const counts = new Map<string, number>()
    for (const { network } of places.values()) counts.set(network, (counts.get(network) ?? 0) + 1)
    const largest = Math.max(0, ...counts.values())
    if (largest <= (counts.get(newcomer) ?? 0)) return undefined
    for (const [socket, { network }] of places) if (counts.get(network) === largest) return socket
    return undefined
  }

  const makeRoom = (newcomer: string): void => {
    const excess = findExcess(newcomer)
    if (!excess) throw tooMany()
    const place = places.get(excess)
    places.delete(excess)
    place?.evict(tooMany())
  }

  return {
    add(socket) {
      const network = toNetwork(socket.remoteAddress ?? '')
      if (places.size >= most) makeRoom(network)
      places.set(socket, { network, evict: () => socket.destroy() })
      socket.once('close', () => places.delete(socket))
    },
    onEvicted(socket, evict) {
      const place = places.get(socket)
      if (place) place.evict = evict
    },
    delete(socket) {
      places.delete(socket)
    },
  }
}

const tooMany = (): GatewayError =>
  new GatewayError(
    'at_capacity',
    'Too many sockets wait for their key. Send it with the request, or try again shortly.',
  )
