/** One connection to an upstream. It is opened for one exchange, and then carries others, one at a time. */
import type { Socket } from 'node:net'
import { createDecoding, type Decoding, isDecodable } from './http1/content-coding.ts'
import { openSocket } from './open-socket.ts'
import type { Destination } from './open-socket.ts'
import { PauseCount } from './read-buffers.ts'
import { lengthOf } from './http1/request-head.ts'
import type { ResponseHead } from './http1/response-head.ts'
import { createResponseParser } from './http1/response-parser.ts'
import type { ResponseSink } from './http1/response-parser.ts'
import { TransportError } from './transport.ts'
import type { ByteString } from '#streams'
import type { Exchange, TransportHandler } from './transport.ts'

/** Up to this size, one copy is cheaper than a second write to the system. */
const MAX_COPIED_BODY_BYTES = 8 * 1024

export interface ConnectionOwner {
  /** The connection is ready for another exchange. */
  onIdle(connection: Connection, idleTimeoutSeconds: number | undefined): void
  onGone(connection: Connection): void
}

export interface EncodedRequest {
  readonly head: ByteString
  readonly body: readonly Uint8Array[] | undefined
}

const rethrowOutside = (error: unknown): void => {
  queueMicrotask(() => {
    throw error
  })
}

class RunningExchange implements Exchange {
  handler: TransportHandler
  /** Between the connection and the handler, if the answer is compressed. */
  #decoding: Decoding | undefined
  /** Undefined once the exchange is over, since the connection may already serve another. */
  connection: Connection | undefined
  paused = false

  constructor(connection: Connection, handler: TransportHandler) {
    this.connection = connection
    this.handler = handler
  }

  pause(): void {
    if (this.#decoding) return this.#decoding.pause()
    this.pauseReading()
  }

  resume(): void {
    if (this.#decoding) return this.#decoding.resume()
    this.resumeReading()
  }

  abort(): void {
    if (this.#decoding) return this.#decoding.abort()
    this.connection?.destroy()
  }

  pauseReading(): void {
    this.paused = true
    this.connection?.pause()
  }

  resumeReading(): void {
    this.paused = false
    this.connection?.resume()
  }

  decode(coding: string): void {
    this.#decoding = createDecoding(coding, this.handler, {
      pause: () => this.pauseReading(),
      resume: () => this.resumeReading(),
      abort: () => this.connection?.destroy(),
    })
    this.handler = this.#decoding
  }
}

export class Connection implements ResponseSink {
  /** When this idle connection is closed, on the clock of `performance.now()`. */
  expiresAtMs = 0
  readonly #owner: ConnectionOwner
  readonly #parser = createResponseParser(this)
  #cancelOpening: (() => void) | undefined
  #socket: Socket | undefined
  #exchange: RunningExchange | undefined
  /** The request to write once the connection is open. */
  #request: EncodedRequest | undefined
  #head: ResponseHead | undefined
  #reused = false
  #answered = false
  #gone = false
  readonly #pauses = new PauseCount()

  constructor(owner: ConnectionOwner) {
    this.#owner = owner
  }

  /** Opens the connection for its first exchange. */
  open(
    destination: Destination,
    connectTimeoutMs: number,
    request: EncodedRequest,
    handler: TransportHandler,
  ): Exchange {
    const exchange = new RunningExchange(this, handler)
    this.#exchange = exchange
    this.#request = request
    this.#cancelOpening = openSocket(destination, connectTimeoutMs, {
      onOpen: (socket) => this.#opened(socket),
      onFailure: (error) => this.#fail(error),
      onBytes: (bytes) => this.#receive(bytes),
    })
    return exchange
  }

  /** Begins another exchange on an idle connection. */
  start(request: EncodedRequest, handler: TransportHandler): Exchange {
    const exchange = new RunningExchange(this, handler)
    this.#exchange = exchange
    this.#reused = true
    this.#answered = false
    this.#parser.reset()
    this.#socket?.ref()
    this.#write(request)
    return exchange
  }

  pause(): void {
    this.#pauses.set(true)
    this.#socket?.pause()
  }

  resume(): void {
    this.#pauses.set(false)
    this.#socket?.resume()
  }

  /** Closes at once, without calling the handler. */
  destroy(): void {
    if (this.#gone) return
    this.#gone = true
    this.#releaseExchange()
    this.#cancelOpening?.()
    this.#socket?.destroy()
    this.#owner.onGone(this)
  }

  onHead(head: ResponseHead): void {
    this.#head = head
    const { contentCoding } = head
    if (contentCoding !== undefined && isDecodable(contentCoding))
      this.#exchange?.decode(contentCoding)
    const handler = this.#exchange?.handler
    if (handler) this.#guard(handler, () => handler.onResponse(head))
  }

  onData(bytes: ByteString): void {
    const handler = this.#exchange?.handler
    if (handler === undefined) return
    try {
      handler.onData(bytes)
    } catch (error) {
      this.#handlerThrew(handler, error)
    }
  }

  onEnd(surplus: boolean): void {
    const exchange = this.#releaseExchange()
    const head = this.#head
    if (exchange === undefined || head === undefined) return
    this.#head = undefined
    const socket = this.#socket
    // If the request is still being written, neither the rest of it nor the next one would be understood.
    if (surplus || !head.keepAlive || !socket || socket.writableLength > 0) this.destroy()
    else {
      if (exchange.paused) socket.resume()
      socket.unref()
      this.#owner.onIdle(this, head.idleTimeoutSeconds)
    }
    const { handler } = exchange
    this.#guard(handler, () => handler.onEnd())
  }

  #opened(socket: Socket): void {
    this.#socket = socket
    socket.on('error', (error) => this.#broken(error.message, error))
    socket.on('end', () => this.#ended())
    socket.on('close', () => this.#broken('the connection was closed'))
    const exchange = this.#exchange
    if (exchange === undefined) return
    if (exchange.paused) socket.pause()
    if (this.#request) this.#write(this.#request)
    this.#request = undefined
  }

  #write({ head, body }: EncodedRequest): void {
    const socket = this.#socket
    if (socket === undefined) return
    const length = body === undefined ? 0 : lengthOf(body)
    if (body === undefined || length === 0) socket.write(head, 'latin1')
    else if (length <= MAX_COPIED_BODY_BYTES) {
      const whole = Buffer.allocUnsafe(head.length + length)
      let position = whole.write(head, 0, 'latin1')
      for (const piece of body) {
        whole.set(piece, position)
        position += piece.byteLength
      }
      socket.write(whole)
    } else {
      socket.cork()
      socket.write(head, 'latin1')
      for (const piece of body) socket.write(piece)
      socket.uncork()
    }
  }

  #receive(bytes: ByteString): void {
    // No request is pending: these bytes would be taken for the next answer.
    if (this.#exchange === undefined) return this.destroy()
    this.#answered = true
    try {
      this.#parser.push(bytes)
    } catch (error) {
      this.#failParsing(error)
    }
  }

  #ended(): void {
    if (this.#exchange === undefined) return this.destroy()
    try {
      this.#parser.end()
    } catch (error) {
      this.#failParsing(error)
    }
  }

  /** The parser throws only `TransportError`, and the handler is never called unguarded. */
  #failParsing(error: unknown): void {
    if (!(error instanceof TransportError)) throw error
    if (error.failure === 'closed') this.#broken(error.message, error.cause)
    else this.#fail(error)
  }

  #broken(reason: string, cause?: unknown): void {
    const staleConnection = this.#reused && !this.#answered
    this.#fail(new TransportError('closed', reason, { cause, staleConnection }))
  }

  #fail(error: TransportError): void {
    const handler = this.#exchange?.handler
    this.destroy()
    if (handler) this.#report(handler, error)
  }

  #report(handler: TransportHandler, error: TransportError): void {
    try {
      handler.onError(error)
    } catch (thrown) {
      rethrowOutside(thrown)
    }
  }

  #guard(handler: TransportHandler, call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#handlerThrew(handler, error)
    }
  }

  #handlerThrew(handler: TransportHandler, cause: unknown): void {
    this.destroy()
    this.#report(handler, new TransportError('handler_threw', 'the handler threw', { cause }))
  }

  #releaseExchange(): RunningExchange | undefined {
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#pauses.set(false)
    if (exchange) exchange.connection = undefined
    return exchange
  }
}
