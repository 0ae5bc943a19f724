/** What comes to the gateway from a door, and what goes back. */
import type { Caller } from '#access'
import type { EmbeddingProtocol, Protocol } from '#protocols'
import type { ByteChannel, ByteString } from '#streams'

export interface GatewayCall {
  readonly requestId: string
  /** For the log: `POST /v1/messages`. */
  readonly route: string
  readonly protocol: Protocol
  /** The language of its body, where that is another than its answer's: only translation can serve it. */
  readonly askedIn?: Protocol
  /** Below the base URL of an upstream that speaks the protocol, for the model that is to answer. */
  readonly toPath: (model: string) => string
  /** What the client named in its path, in a protocol that has it there and not in the body. */
  readonly named?: Named
  readonly caller: Caller
  /** The whole body, decoded from its content coding: valid UTF-8. */
  readonly body: Buffer
  /** The client's headers, names and values in turn. */
  readonly rawHeaders: readonly string[]
  /** With its question mark, or empty. */
  readonly query: string
  /** Fires when the client leaves. */
  readonly signal: AbortSignal
  /** What its client was told already of an answer that it does not wait for. */
  readonly promised?: Promised
}

export interface Promised {
  readonly id: string
  readonly createdAtMs: number
}

/** A call for vectors; its `protocol` is the dialect of its errors. */
export interface EmbeddingCall extends GatewayCall {
  readonly embedding: EmbeddingProtocol
}

export interface Named {
  readonly model: string
  readonly stream: boolean
}

export interface Answer {
  readonly status: number
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: ByteString | ByteChannel
}
