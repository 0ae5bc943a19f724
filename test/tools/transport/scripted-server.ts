/** A server that says exactly the bytes a test wants, over TCP or TLS, and sees exactly what it is sent. */
import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { TlsOptions } from 'node:tls'
import { afterEach } from 'vitest'

interface ReceivedRequest {
  readonly head: string
  readonly body: Buffer
}

export interface Peer {
  readonly socket: Socket
  /** Which connection this is, from 1. */
  readonly number: number
  readonly closed: Promise<void>
  /** The next request, complete. */
  request(): Promise<ReceivedRequest>
  /** The next bytes up to the end of a head. */
  head(): Promise<string>
  say(text: string): void
  /** Joins the connection to another server from now on. */
  tunnelTo(port: number): void
}

export interface ScriptedServer {
  readonly port: number
  readonly origin: string
  readonly peers: readonly Peer[]
  /** The nth connection, from 1, once it is there. */
  peer(number: number): Promise<Peer>
  /** Once the nth connection is there and closed. */
  closed(number: number): Promise<void>
}

const started: { server: Server; sockets: Set<Socket> }[] = []

afterEach(async () => {
  for (const { server, sockets } of started.splice(0)) {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
})

const createPeer = (socket: Socket, number: number): Peer => {
  let received: Buffer[] = []
  let arrived = Promise.withResolvers<void>()
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      resolve()
      arrived.resolve()
    })
  })
  const receive = (bytes: Buffer): void => {
    received.push(bytes)
    arrived.resolve()
  }
  socket.on('error', () => {})
  socket.on('data', receive)

  const arrival = async (): Promise<void> => {
    if (socket.destroyed) throw new Error('the client closed')
    await arrived.promise
    arrived = Promise.withResolvers()
  }

  const count = (): number => received.reduce((total, { length }) => total + length, 0)

  const take = (length: number): Buffer => {
    const all = Buffer.concat(received)
    received = [all.subarray(length)]
    return all.subarray(0, length)
  }

  const head = async (): Promise<string> => {
    for (;;) {
      const all = Buffer.concat(received)
      const end = all.indexOf('\r\n\r\n')
      received = [all]
      if (end !== -1) return take(end + 4).toString('latin1')
      await arrival()
    }
  }

  const request = async (): Promise<ReceivedRequest> => {
    const text = await head()
    const length = Number(/^content-length: (\d+)\r$/im.exec(text)?.[1] ?? 0)
    while (count() < length) await arrival()
    return { head: text, body: take(length) }
  }

  const tunnelTo = (port: number): void => {
    const onward = connect(port, '127.0.0.1')
    onward.on('error', () => socket.destroy())
    socket.on('close', () => onward.destroy())
    onward.on('close', () => socket.destroy())
    socket.off('data', receive)
    onward.write(take(count()))
    onward.pipe(socket)
    socket.pipe(onward)
  }

  return {
    socket,
    number,
    closed,
    request,
    head,
    tunnelTo,
    say: (text) => socket.write(text, 'latin1'),
  }
}

export interface ServerOptions {
  readonly tls?: TlsOptions
  readonly host?: string
}

/** Runs the script once for every connection; a client that leaves ends it silently. */
export const scriptedServer = async (
  script: (peer: Peer) => Promise<void> | void,
  { tls, host = '127.0.0.1' }: ServerOptions = {},
): Promise<ScriptedServer> => {
  const peers: Peer[] = []
  const waiting = new Map<number, (peer: Peer) => void>()
  const sockets = new Set<Socket>()
  const accept = (socket: Socket): void => {
    const peer = createPeer(socket, peers.length + 1)
    peers.push(peer)
    waiting.get(peer.number)?.(peer)
    const run = async (): Promise<void> => script(peer)
    run().catch((error: unknown) => {
      if (!socket.destroyed) socket.destroy(error instanceof Error ? error : undefined)
    })
  }
  const server = tls ? createTlsServer(tls, accept) : createServer(accept)
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true)
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  started.push({ server, sockets })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  const peer = async (wanted: number): Promise<Peer> =>
    peers[wanted - 1] ??
    new Promise((resolve) => {
      waiting.set(wanted, resolve)
    })
  return {
    port,
    origin: `${tls ? 'https' : 'http'}://${name}:${port}`,
    peers,
    peer,
    closed: async (wanted) => (await peer(wanted)).closed,
  }
}

/** Answers every request of a connection in the same way. */
export const always =
  (answer: string) =>
  async (peer: Peer): Promise<void> => {
    for (;;) {
      await peer.request()
      peer.say(answer)
    }
  }
