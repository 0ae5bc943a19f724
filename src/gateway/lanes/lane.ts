/** The two ways through: what goes to one target, and how its answer becomes the client's. */
import type { GatewayError } from '#model'
import type { Protocol } from '#protocols'
import type { ProviderCall } from '#providers'
import type { ByteString } from '#streams'
import type { Spent } from '../record/spent.ts'

export interface Lane {
  readonly kind: 'relay' | 'translate'
  /** What the target speaks. */
  readonly protocol: Pick<Protocol, 'decodeError'> & { readonly name: string }
  /** POST where absent. */
  readonly method?: ProviderCall['method']
  /** Below the target's base URL, with its query. */
  readonly path: string
  readonly headers: readonly string[]
  /** In pieces; without any, nothing is sent. */
  readonly body: readonly Buffer[]
  /** Of the client, what this target could not be given. */
  readonly dropped: readonly string[]
  /** What was put in for this target, that the client did not send. */
  readonly added?: readonly string[]
  openStream(): LaneStream
  /** An answer that came in one piece. @throws GatewayError `upstream_invalid` */
  convert(answer: WholeAnswer): LaneAnswer
  /** The target's headers as the client gets them. */
  toClientHeaders(rawHeaders: readonly string[]): string[]
}

export interface WholeAnswer {
  readonly bytes: ByteString
  readonly isEventStream: boolean
  /** A content coding that is not known here: the bytes are coded. */
  readonly coding: string | undefined
}

interface LaneAnswer extends Spent {
  readonly body: ByteString
}

/** A stream on its way through. */
export interface LaneStream extends Spent {
  push(bytes: ByteString): void
  /** The upstream closed. */
  end(): void
  /** The upstream broke off: an answer of which only the mark of its end is missing is ended well. */
  endIfWhole?(): void
  /** What the client is to get of all that was pushed, once. */
  take(): ByteString
  /** The first event has come, and is no failure. */
  readonly started: boolean
  /** The answer is whole. */
  readonly finished: boolean
  readonly error: GatewayError | undefined
  /** Of an event that is not complete yet. */
  readonly heldBytes: number
  /** In the client's dialect, as the stream's last event. */
  encodeError(error: GatewayError): ByteString
}
