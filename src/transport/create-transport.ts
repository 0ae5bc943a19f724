/** Creates a transport: a pool of keep-alive connections for every origin, without a limit on their number. */
import type { Socket } from 'node:net'
import { createSecureContext, getCACertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { Connection } from './connection.ts'
import type { ConnectionOwner } from './connection.ts'
import { openSocket } from './open-socket.ts'
import type { Destination } from './open-socket.ts'
import { createProxyChoice, toHost, toPort } from './proxy.ts'
import type { Proxy, ProxySettings } from './proxy.ts'
import { encodeRequestHead } from './http1/request-head.ts'
import type { RequestLine } from './http1/request-head.ts'
import { TransportError } from './transport.ts'
import type {
  Exchange,
  SocketRequest,
  Transport,
  TransportHandler,
  TransportRequest,
} from './transport.ts'

export interface TransportOptions {
  readonly connectTimeoutMs?: number | undefined
  readonly env?: ProxySettings | undefined
  /** How long an idle connection is kept if the server sends no timeout of its own. */
  readonly keepAliveMs?: number | undefined
  /** Certificates (PEM) that are trusted in addition to Node's. */
  readonly ca?: string | readonly string[] | undefined
}

const CONNECT_TIMEOUT_MS = 10_000
/** Just under five seconds, after which many servers close. */
const KEEP_ALIVE_MS = 4_000
const MAX_KEEP_ALIVE_MS = 600_000
/** Subtracted from the server's own timeout, so that we close first. */
const KEEP_ALIVE_MARGIN_MS = 1_000
const SWEEP_INTERVAL_MS = 1_000
/** Origins usually come from the configuration. Above this number, pools without a connection are removed. */
const MAX_POOLS = 1_000

interface Pool {
  readonly destination: Destination
  readonly line: RequestLine
  readonly owner: ConnectionOwner
  /** The connection that became idle last is used first. */
  readonly idle: Connection[]
  open: number
}

const parseOrigin = (origin: string): URL => {
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.host === '')
    throw new TypeError('an origin that is not http://host or https://host')
  if (url.pathname !== '/' || url.search || url.hash || url.username || url.password)
    throw new TypeError('an origin with more than scheme, host and port')
  return url
}

const toRequestLine = (url: URL, proxy: Proxy | undefined): RequestLine => {
  const fixed = ` HTTP/1.1\r\nhost: ${url.host}\r\nconnection: keep-alive\r\n`
  if (!proxy || url.protocol === 'https:') return { prefix: '', suffix: fixed }
  const identity = proxy.authorization ? `proxy-authorization: ${proxy.authorization}\r\n` : ''
  return { prefix: url.origin, suffix: fixed + identity }
}

const toMilliseconds = (name: string, value: number): number => {
  if (!(value >= 0 && value < 2 ** 31)) throw new TypeError(`${name} out of range`)
  return value
}

const toSecureContext = (ca: string | readonly string[]): SecureContext =>
  createSecureContext({ ca: [...getCACertificates('default'), ...[ca].flat()] })

/** Throws a `TypeError` for invalid settings, without quoting them. */
export const createTransport = (options: TransportOptions = {}): Transport => {
  const connectTimeoutMs = toMilliseconds(
    'connectTimeoutMs',
    options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
  )
  const keepAliveMs = toMilliseconds('keepAliveMs', options.keepAliveMs ?? KEEP_ALIVE_MS)
  const chooseProxy = createProxyChoice(options.env ?? {})
  const pools = new Map<string, Pool>()
  /** Undefined: connections to every origin are kept. */
  let kept: ReadonlySet<string> | undefined
  let open = 0
  let sweeper: NodeJS.Timeout | undefined
  let closed: PromiseWithResolvers<void> | undefined
  let context: SecureContext | undefined =
    options.ca === undefined ? undefined : toSecureContext(options.ca)

  // Reading the trusted certificates takes milliseconds: do it once, and only for TLS.
  const secureContext = (): SecureContext => (context ??= createSecureContext())

  const isKept = (origin: string): boolean => kept?.has(origin) ?? true

  const createPool = (origin: string): Pool => {
    const url = parseOrigin(origin)
    if (pools.size >= MAX_POOLS)
      for (const [name, pool] of pools) if (pool.open === 0) pools.delete(name)
    const proxy = chooseProxy(url)
    const idle: Connection[] = []
    const pool: Pool = {
      destination: {
        origin: url.origin,
        host: toHost(url),
        port: toPort(url),
        secure: url.protocol === 'https:',
        proxy,
        secureContext,
        session: undefined,
      },
      line: toRequestLine(url, proxy),
      idle,
      open: 0,
      owner: {
        onIdle: (connection, idleTimeoutSeconds) => {
          const patienceMs =
            idleTimeoutSeconds === undefined
              ? keepAliveMs
              : Math.min(idleTimeoutSeconds * 1000 - KEEP_ALIVE_MARGIN_MS, MAX_KEEP_ALIVE_MS)
          if (closed || patienceMs <= 0 || !isKept(origin)) return connection.destroy()
          connection.expiresAtMs = performance.now() + patienceMs
          idle.push(connection)
          sweeper ??= setInterval(sweep, SWEEP_INTERVAL_MS).unref()
        },
        onGone: (connection) => {
          pool.open--
          const index = idle.lastIndexOf(connection)
          if (index !== -1) idle.splice(index, 1)
          open--
          if (pool.open === 0 && !isKept(origin)) pools.delete(origin)
          if (open === 0) closed?.resolve()
        },
      },
    }
    pools.set(origin, pool)
    return pool
  }

  const sweep = (): void => {
    const now = performance.now()
    let left = 0
    for (const { idle } of pools.values()) {
      for (const connection of idle.filter(({ expiresAtMs }) => expiresAtMs <= now))
        connection.destroy()
      left += idle.length
    }
    if (left > 0) return
    clearInterval(sweeper)
    sweeper = undefined
  }

  const poolOf = (origin: string): Pool => pools.get(origin) ?? createPool(origin)

  const timeoutOf = ({ connectTimeoutMs: asked }: Pick<TransportRequest, 'connectTimeoutMs'>) =>
    asked === undefined ? connectTimeoutMs : toMilliseconds('connectTimeoutMs', asked)

  const send = (request: TransportRequest, handler: TransportHandler): Exchange => {
    const pool = poolOf(request.origin)
    const encoded = { head: encodeRequestHead(pool.line, request), body: request.body }
    if (closed) return refuse(handler)
    const idle = takeIdle(pool.idle)
    if (idle) return idle.start(encoded, handler)
    const timeoutMs = timeoutOf(request)
    pool.open++
    open++
    return new Connection(pool.owner).open(pool.destination, timeoutMs, encoded, handler)
  }

  const connect = async (request: SocketRequest): Promise<Socket> => {
    const { destination } = poolOf(request.origin)
    const { signal } = request
    signal.throwIfAborted()
    if (closed) throw hasClosed()
    const { promise, resolve, reject } = Promise.withResolvers<Socket>()
    const giveUp = openSocket(destination, timeoutOf(request), {
      onOpen: resolve,
      onFailure: reject,
    })
    const leave = (): void => {
      giveUp()
      reject(signal.reason)
    }
    signal.addEventListener('abort', leave, { once: true })
    return promise.finally(() => signal.removeEventListener('abort', leave))
  }

  const keepOnly = (origins: ReadonlySet<string>): void => {
    kept = origins
    for (const [origin, { idle, open: used }] of pools) {
      if (isKept(origin)) continue
      while (idle.length > 0) idle.at(-1)?.destroy()
      if (used === 0) pools.delete(origin)
    }
  }

  const close = (): Promise<void> => {
    if (closed) return closed.promise
    closed = Promise.withResolvers<void>()
    clearInterval(sweeper)
    for (const { idle } of pools.values()) while (idle.length > 0) idle.at(-1)?.destroy()
    if (open === 0) closed.resolve()
    return closed.promise
  }

  return { send, connect, keepOnly, close, openConnections: () => open }
}

const takeIdle = (idle: Connection[]): Connection | undefined => {
  const now = performance.now()
  let connection = idle.pop()
  while (connection && connection.expiresAtMs <= now) {
    connection.destroy()
    connection = idle.pop()
  }
  return connection
}

const hasClosed = () => new TransportError('connect_failed', 'the transport has been closed')

/** Refuses a request after the transport was closed. Like every failure, this is reported asynchronously. */
const refuse = (handler: TransportHandler): Exchange => {
  let aborted = false
  queueMicrotask(() => {
    if (!aborted) handler.onError(hasClosed())
  })
  return {
    pause: () => {},
    resume: () => {},
    abort: () => {
      aborted = true
    },
  }
}
