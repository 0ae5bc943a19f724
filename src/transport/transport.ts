/** The contract between whoever has a request to send and whoever knows how to carry it. */

import type { Socket } from 'node:net'
import type { ByteString } from '#streams'

export interface TransportRequest {
  /** Scheme, host and port: `https://api.openai.com`. */
  readonly origin: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path and query. */
  readonly path: string
  /** Names and values in turn. `host`, `connection` and `content-length` are written by the transport. */
  readonly headers: readonly string[]
  /** In pieces, so that whoever changed a place of it need not copy the rest. */
  readonly body?: readonly Uint8Array[]
  /** How long a connection (TCP, CONNECT and TLS together) may take. */
  readonly connectTimeoutMs?: number
}

/** For a connection that begins with HTTP and goes on with something else. */
export interface SocketRequest extends Pick<TransportRequest, 'origin' | 'connectTimeoutMs'> {
  /** Gives up while it is not open. */
  readonly signal: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  /** Names as the server wrote them, and values, in turn. A `content-encoding` among them is one that is not known here. */
  readonly rawHeaders: readonly string[]
}

export type TransportFailure =
  /** No connection: refused, unknown host, unreachable, TLS not trusted, proxy refused. */
  | 'connect_failed'
  | 'connect_timeout'
  /** The connection closed or was reset before the answer was whole. */
  | 'closed'
  /** What came is not HTTP/1.1, or its framing is ambiguous. */
  | 'invalid_response'
  /** The body is not in the content coding that the answer names. */
  | 'invalid_coding'
  /** One of the handler's own methods threw; the exception is the `cause`, the connection is gone. */
  | 'handler_threw'

export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly failure: TransportFailure
  /** The connection had carried another exchange before, and no byte of an answer to this one came. */
  readonly staleConnection: boolean

  constructor(
    failure: TransportFailure,
    message: string,
    options: { cause?: unknown; staleConnection?: boolean } = {},
  ) {
    super(message, { cause: options.cause })
    this.failure = failure
    this.staleConnection = options.staleConnection ?? false
  }
}

/**
 * Called synchronously while the socket is read, never from within `send`, in this order: `onResponse`, any number
 * of `onData`, then `onEnd` or `onError`. What a handler throws comes back to it as `onError('handler_threw')`
 * (thrown by `onEnd`, too); what `onError` throws is thrown again outside, as an uncaught exception. A body that
 * has to be decoded comes later than the read that brought it.
 */
export interface TransportHandler {
  onResponse(response: TransportResponse): void
  /** The body without its transfer coding, and without a content coding that is known; one string per read of the socket. */
  onData(bytes: ByteString): void
  onEnd(): void
  /** Instead of anything that has not been called yet. Never called after `abort`. */
  onError(error: TransportError): void
}

export interface Exchange {
  /** Stops reading from the socket; what was already read may still arrive. */
  pause(): void
  resume(): void
  /** Closes the connection at once. No handler is called any more. */
  abort(): void
}

export interface Transport {
  /** Throws a `TypeError` for a request that cannot be written: a bad origin, path, header name or value. */
  send(request: TransportRequest, handler: TransportHandler): Exchange
  /**
   * A socket that belongs to the caller, paused where a proxy was passed. Every proxy is passed by CONNECT.
   * Rejects with a `TransportError`, or with the signal's reason.
   */
  connect(request: SocketRequest): Promise<Socket>
  /** Connections of exchanges that are now open, busy or idle. */
  openConnections(): number
  /** Closes idle connections now and busy ones when they are done. */
  close(): Promise<void>
}
