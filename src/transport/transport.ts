/** The contract between the senders of requests and the transport that carries them. */

import type { Socket } from 'node:net'
import type { ByteString } from '#streams'

export interface TransportRequest {
  /** Scheme, host and port: `https://api.openai.com`. */
  readonly origin: string
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Path and query. */
  readonly path: string
  /** Alternating names and values. The transport writes `host`, `connection` and `content-length` itself. */
  readonly headers: readonly string[]
  /** In pieces, so that an edit of one place need not copy the rest. */
  readonly body?: readonly Uint8Array[]
  /** The time limit for a connection: TCP, CONNECT and TLS together. */
  readonly connectTimeoutMs?: number
}

/** For a connection that begins with HTTP and then changes to another protocol. */
export interface SocketRequest extends Pick<TransportRequest, 'origin' | 'connectTimeoutMs'> {
  /** Cancels the attempt, as long as the connection is not open. */
  readonly signal: AbortSignal
}

export interface TransportResponse {
  readonly status: number
  /** Alternating names, as the server wrote them, and values. A `content-encoding` in it could not be decoded here. */
  readonly rawHeaders: readonly string[]
}

export type TransportFailure =
  /** No connection: refused, unknown host, unreachable, untrusted certificate, or refused by the proxy. */
  | 'connect_failed'
  | 'connect_timeout'
  /** The connection closed or was reset before the answer was complete. */
  | 'closed'
  /** The answer is not HTTP/1.1, or its framing is ambiguous. */
  | 'invalid_response'
  /** The body is not in the content coding that the answer names. */
  | 'invalid_coding'
  /** A method of the handler threw. The exception is the `cause`, and the connection is closed. */
  | 'handler_threw'

export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly failure: TransportFailure
  /** The connection had carried an earlier exchange, and not a byte of this answer arrived. */
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
 * Called synchronously while the socket is read, never during `send`, in this order: `onResponse`, any number
 * of `onData`, then `onEnd` or `onError`. What a handler throws, even in `onEnd`, is passed to its `onError` as
 * `handler_threw`; what `onError` throws is rethrown as an uncaught exception. A body that has to be decoded
 * arrives later than the read that brought it.
 */
export interface TransportHandler {
  onResponse(response: TransportResponse): void
  /** The body without its transfer coding and any known content coding: one string per read of the socket. */
  onData(bytes: ByteString): void
  onEnd(): void
  /** Replaces all calls that are still to come. Never called after `abort`. */
  onError(error: TransportError): void
}

export interface Exchange {
  /** Stops reading from the socket. What was already read may still arrive. */
  pause(): void
  resume(): void
  /** Closes the connection at once. No handler is called afterwards. */
  abort(): void
}

export interface Transport {
  /** Throws a `TypeError` for an invalid request: a bad origin, path, header name or value. */
  send(request: TransportRequest, handler: TransportHandler): Exchange
  /**
   * Opens a socket that belongs to the caller. It is paused if it goes through a proxy, which is always by CONNECT.
   * Rejects with a `TransportError`, or with the reason of the signal.
   */
  connect(request: SocketRequest): Promise<Socket>
  /**
   * Closes the connections to all other origins: idle ones now, and busy ones when their exchange ends. A later request to
   * one of them gets a connection of its own.
   */
  keepOnly(origins: ReadonlySet<string>): void
  /** The number of open connections for exchanges, busy or idle. */
  openConnections(): number
  /** Closes idle connections now, and busy ones when their exchange ends. */
  close(): Promise<void>
}
