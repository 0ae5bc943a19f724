/** Opens a socket to an origin, directly or through a proxy: DNS, TCP, CONNECT and TLS under one deadline. */
import { connect as connectTcp, isIP } from 'node:net'
import type { Socket, TcpNetConnectOpts } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions, SecureContext } from 'node:tls'
import type { Proxy } from './proxy.ts'
import { decodeHead, findHeadEnd, MAX_HEAD_BYTES } from './http1/response-head.ts'
import { TransportError } from './transport.ts'
import type { ByteString } from '#streams'
import { nextReadBuffer } from './read-buffers.ts'

/** How to reach an origin. */
export interface Destination {
  readonly origin: string
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly proxy: Proxy | undefined
  readonly secureContext: () => SecureContext
  /** The last TLS session, kept to shorten the next handshake. */
  session: Buffer | undefined
}

export interface SocketListener {
  onOpen(socket: Socket): void
  onFailure(error: TransportError): void
  /** Receives everything that is read once the socket is open. Absent: the owner of the socket reads it. */
  onBytes?(bytes: ByteString): void
}

/** Intermediaries drop silent connections, and a model may think for minutes. */
const TCP_KEEPALIVE_MS = 60_000

interface ReadInto {
  onread: {
    buffer: () => Uint8Array
    callback: (count: number) => boolean
  }
}

const readInto = ({ onBytes }: SocketListener): ReadInto | undefined => {
  if (!onBytes) return undefined
  let buffer = nextReadBuffer()
  return {
    onread: {
      buffer: () => (buffer = nextReadBuffer()),
      callback: (count) => {
        onBytes(buffer.toString('latin1', 0, count))
        return true
      },
    },
  }
}

const toTcpOptions = (host: string, port: number): TcpNetConnectOpts => ({
  host,
  port,
  noDelay: true,
  autoSelectFamily: true,
  keepAlive: true,
  keepAliveInitialDelay: TCP_KEEPALIVE_MS,
})

const toTlsOptions = (destination: Destination, host: string): ConnectionOptions => ({
  host,
  // The server name must not be an address (RFC 6066). The certificate is then checked against `host`.
  servername: isIP(host) === 0 ? host : '',
  ALPNProtocols: ['http/1.1'],
  // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED must not switch it off.
  rejectUnauthorized: true,
  secureContext: destination.secureContext(),
})

const authority = ({ host, port }: { host: string; port: number }): string =>
  `${isIP(host) === 6 ? `[${host}]` : host}:${port}`

const encodeConnect = (destination: Destination, proxy: Proxy): ByteString => {
  const target = authority(destination)
  const identity = proxy.authorization ? `proxy-authorization: ${proxy.authorization}\r\n` : ''
  return `CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n${identity}\r\n`
}

const toReason = (error: Error & { code?: unknown }): string => {
  if (error instanceof AggregateError && error.errors[0] instanceof Error)
    return toReason(error.errors[0])
  return typeof error.code === 'string' ? error.code : error.message
}

/** Returns a function that cancels at once; no listener is called after it. */
export const openSocket = (
  destination: Destination,
  timeoutMs: number,
  listener: SocketListener,
): (() => void) => {
  const { proxy } = destination
  const { onBytes } = listener
  const opened: Socket[] = []
  let settled = false

  const settle = (): boolean => {
    if (settled) return false
    settled = true
    clearTimeout(timer)
    return true
  }

  const cancel = (): void => {
    if (!settle()) return
    for (const socket of opened.toReversed()) socket.destroy()
  }

  const fail = (error: TransportError): void => {
    if (settled) return
    cancel()
    listener.onFailure(error)
  }

  const refuse = (reason: string, cause?: unknown): void =>
    fail(
      new TransportError('connect_failed', `cannot connect to ${destination.origin}: ${reason}`, {
        cause,
      }),
    )

  const timer = setTimeout(
    () =>
      fail(
        new TransportError(
          'connect_timeout',
          `cannot connect to ${destination.origin}: no connection within ${timeoutMs} ms`,
        ),
      ),
    timeoutMs,
  )

  const watch = <S extends Socket>(socket: S): S => {
    opened.push(socket)
    socket.on('error', (error) => refuse(toReason(error), error))
    socket.on('close', () => refuse('the connection was closed'))
    return socket
  }

  const open = (socket: Socket): void => {
    if (settle()) listener.onOpen(socket)
  }

  const openTls = (options: ConnectionOptions, tunnel?: Socket): void => {
    const socket = watch(
      connectTls({
        ...toTlsOptions(destination, destination.host),
        ...(destination.session ? { session: destination.session } : {}),
        ...options,
        ...(tunnel ? { socket: tunnel } : readInto(listener)),
      }),
    )
    // TLS over an existing socket does not support `onread`.
    if (tunnel && onBytes) socket.on('data', (bytes: Buffer) => onBytes(bytes.toString('latin1')))
    socket.on('session', (session: Buffer) => (destination.session = session))
    socket.once('secureConnect', () => open(socket))
  }

  const openTunnel = (through: Proxy): void => {
    const tcp = toTcpOptions(through.host, through.port)
    const socket = watch(
      through.secure
        ? connectTls({ ...tcp, ...toTlsOptions(destination, through.host) })
        : connectTcp(tcp),
    )
    let answer = ''
    const read = (chunk: Buffer): void => {
      const scanned = Math.max(0, answer.length - 3)
      answer += chunk.toString('latin1')
      try {
        const end = findHeadEnd(answer, scanned)
        if ((end === -1 ? answer.length : end) > MAX_HEAD_BYTES)
          return refuse('the proxy answered with too large a head')
        if (end === -1) return
        const { status } = decodeHead(answer, end)
        if (status < 200 || status > 299) return refuse(`the proxy answered ${status}`)
        if (end < answer.length) return refuse('the proxy spoke before the upstream')
      } catch (error) {
        return refuse('the proxy did not answer in HTTP', error)
      }
      socket.off('data', read)
      socket.pause()
      if (destination.secure) openTls({}, socket)
      else open(socket)
    }
    socket.on('data', read)
    socket.once(through.secure ? 'secureConnect' : 'connect', () =>
      socket.write(encodeConnect(destination, through), 'latin1'),
    )
  }

  // A proxy reads only HTTP: anything else must pass through a tunnel.
  if (proxy && (destination.secure || !onBytes)) openTunnel(proxy)
  else if (destination.secure) openTls(toTcpOptions(destination.host, destination.port))
  else {
    const { host, port } = proxy ?? destination
    const tcp = { ...toTcpOptions(host, port), ...readInto(listener) }
    if (proxy?.secure) {
      const socket = watch(connectTls({ ...tcp, ...toTlsOptions(destination, host) }))
      socket.once('secureConnect', () => open(socket))
    } else {
      const socket = watch(connectTcp(tcp))
      socket.once('connect', () => open(socket))
    }
  }
  return cancel
}
