/**
 * Accepts all connections, and gives each to the worker that has the fewest. The first process keeps a connection until
 * its worker has confirmed it, so that a worker that dies in between loses none.
 */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** The port that a connection came to. */
export type DoorName = 'http' | 'websocket'

/** Whoever takes connections. */
export interface Taker {
  /** It confirms by the number that it has the connection. */
  give(number: number, door: DoorName, socket: Socket): void
}

export interface HandOut {
  listen(door: DoorName, port: number, host: string): Promise<AddressInfo>
  add(taker: Taker): void
  /** It gets no more connections. Those that it has not confirmed are its own as long as it lives. */
  remove(taker: Taker): void
  /** It has ended. What it has not confirmed goes to others. */
  lose(taker: Taker): void
  confirm(taker: Taker, number: number): void
  /** A connection of the taker has ended. */
  ended(taker: Taker): void
  /** Accepts no more. */
  close(): void
}

/** Connections that wait while there is no worker at all. */
const MAX_WAITING_CONNECTIONS = 1_024

interface Connection {
  readonly door: DoorName
  readonly socket: Socket
}

interface Share {
  open: number
  readonly unconfirmed: Map<number, Connection>
}

export const createHandOut = (): HandOut => {
  const servers: Server[] = []
  /** Of all that live. */
  const shares = new Map<Taker, Share>()
  const takers = new Set<Taker>()
  const waiting: Connection[] = []
  let lastNumber = 0
  let closed = false

  const leastBusy = (): Taker | undefined => {
    let found: Taker | undefined
    let fewest = Infinity
    for (const taker of takers) {
      const open = shares.get(taker)?.open ?? 0
      if (open >= fewest) continue
      found = taker
      fewest = open
    }
    return found
  }

  const give = (connection: Connection): void => {
    const taker = leastBusy()
    const share = taker && shares.get(taker)
    if (!share) return wait(connection)
    const number = ++lastNumber
    share.open++
    share.unconfirmed.set(number, connection)
    // Whoever had a turn is last among those that have as many.
    takers.delete(taker)
    takers.add(taker)
    taker.give(number, connection.door, connection.socket)
  }

  const wait = (connection: Connection): void => {
    if (closed || waiting.length >= MAX_WAITING_CONNECTIONS) connection.socket.destroy()
    else waiting.push(connection)
  }

  return {
    listen: (door, port, host) =>
      new Promise((resolve, reject) => {
        // It reads nothing: that is for the worker.
        const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
          socket.on('error', ignore)
          give({ door, socket })
        })
        server.once('error', reject)
        server.listen(port, host, () => {
          server.off('error', reject)
          // A connection that cannot be accepted, for lack of descriptors, costs no other.
          server.on('error', ignore)
          servers.push(server)
          resolve(server.address() as AddressInfo)
        })
      }),
    add(taker) {
      shares.set(taker, { open: 0, unconfirmed: new Map() })
      takers.add(taker)
      for (const connection of waiting.splice(0)) give(connection)
    },
    remove: (taker) => void takers.delete(taker),
    lose(taker) {
      takers.delete(taker)
      const share = shares.get(taker)
      shares.delete(taker)
      for (const connection of share?.unconfirmed.values() ?? []) give(connection)
    },
    confirm(taker, number) {
      const unconfirmed = shares.get(taker)?.unconfirmed
      // The worker has a descriptor of its own: this closes the one of this process, not the connection.
      unconfirmed?.get(number)?.socket.destroy()
      unconfirmed?.delete(number)
    },
    ended(taker) {
      const share = shares.get(taker)
      if (share) share.open--
    },
    close() {
      closed = true
      for (const server of servers) server.close()
      for (const { socket } of waiting.splice(0)) socket.destroy()
    },
  }
}

const ignore = (): void => undefined
