/** The contract of a lane: what is sent to a target, and how its answer becomes the client's. */
import type { GatewayError } from '#model'
import type { Protocol } from '#protocols'
import type { ProviderCall } from '#providers'
import type { ByteString } from '#streams'
import type { Spent } from '../record/spent.ts'

export interface Lane {
  readonly kind: 'relay' | 'translate'
  /** The protocol of the target. */
  readonly protocol: Pick<Protocol, 'decodeError'> &
    Partial<Pick<Protocol, 'decodeUsage'>> & { readonly name: string }
  /** POST if absent. */
  readonly method?: ProviderCall['method']
  /** Below the target's base URL, including the query. */
  readonly path: string
  readonly headers: readonly string[]
  /** In pieces. If there are none, no body is sent. */
  readonly body: readonly Buffer[]
  /** Fields of the client's that this target does not support. */
  readonly dropped: readonly string[]
  /** What was added for this target, and was not sent by the client. */
  readonly added?: readonly string[]
  /** False if no model writes the answer, so that its length says nothing about tokens. */
  readonly isWritten?: boolean
  openStream(): LaneStream
  /** Converts an answer that is not streamed. @throws GatewayError `upstream_invalid` */
  convert(answer: WholeAnswer): LaneAnswer
  /** Converts the target's headers to those that the client gets. */
  toClientHeaders(rawHeaders: readonly string[]): string[]
}

export interface WholeAnswer {
  readonly bytes: ByteString
  readonly isEventStream: boolean
  /** A content coding that could not be decoded: the bytes are still coded. */
  readonly coding: string | undefined
}

interface LaneAnswer extends Spent {
  readonly body: ByteString
}

/** Converts a stream from the target's form to the client's. */
export interface LaneStream extends Spent {
  push(bytes: ByteString): void
  /** The upstream ended its answer. */
  end(): void
  /** The connection failed: an answer that lacks only the mark of its end is ended well. */
  endIfWhole?(): void
  /** Returns the bytes for the client that have not been taken yet. */
  take(): ByteString
  /** Something of the answer has arrived: more than its announcement, and no failure. */
  readonly started: boolean
  /** The answer is complete. */
  readonly finished: boolean
  readonly error: GatewayError | undefined
  /** The bytes for the client that have not been taken yet. */
  readonly readyBytes: number
  /** The bytes held of an incomplete event. */
  readonly heldBytes: number
  /** Writes an error in the client's dialect, as the last event of the stream. */
  encodeError(error: GatewayError): ByteString
}
