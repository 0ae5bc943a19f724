/** The calls that a door passes to the gateway, and the answers that it gets back. */
import type { Caller } from '#access'
import type {
  Departure,
  GatewayError,
  ModelEvent,
  ModelRequest,
  SettledTarget,
  Settlement,
} from '#model'
import type { EmbeddingProtocol, Protocol } from '#protocols'
import type { KeyChoice } from '#providers'
import type { Belonging, NamedTarget } from '#router'
import type { ByteChannel, ByteString } from '#streams'
import type { Spent } from './record/spent.ts'

export interface GatewayCall {
  /** That of its settlement, if it may have to be settled again. */
  readonly id?: string | undefined
  readonly requestId: string
  /** The name in the log: `POST /v1/messages`. */
  readonly route: string
  readonly protocol: Protocol
  /** The protocol of its body, if it differs from that of its answer. Such a call can only be translated. */
  readonly askedIn?: Protocol
  /** The path for a model, below the base URL of an upstream that speaks the same protocol. */
  readonly toPath: (model: string) => string
  /** What the path of the client contains, in a protocol that has these in the path and not in the body. */
  readonly named?: Named
  readonly caller: Caller
  /** The network of the client. Undefined if addresses are not counted. */
  readonly network?: string | undefined
  /** The complete body, after its content coding was decoded: valid UTF-8. */
  readonly body: Buffer
  /** Present if this process asks. There is nothing in the body then, and `protocol` is the dialect of its errors. */
  readonly asked?: Asked
  /** The client's headers, as alternating names and values. */
  readonly rawHeaders: readonly string[]
  /** Empty, or with its question mark. */
  readonly query: string
  /** The client is sent the events of an answer in frames, without its headers. */
  readonly inFrames?: boolean
  /** Aborts when the client leaves. */
  readonly signal: Departure
  /** Whether a stream reports its cost in fields of its events, because its comments are not forwarded. */
  readonly costInFields?: boolean
  /** Called with the cost of the call when it is settled. Null if no price is known. */
  readonly onCost?: (cost: number | null) => void
  /** Called with the settlement of the call after all settlers, and with the failure if the attempt knows it. */
  readonly onSettlement?: (settlement: Settlement, error: GatewayError | undefined) => void
  /** What the client has already received of an answer that is generated in the background. */
  readonly promised?: Promised
  /** The id of the response that it continues, if its door has put the items before it into the body. */
  readonly continues?: string | undefined
  /** What decides to which of several targets, and with which of several keys, its conversation returns. */
  readonly belonging?: CallBelonging
}

/** A request in the vocabulary, and whoever hears its answer. */
export interface Asked {
  readonly request: ModelRequest
  /** About how many bytes the body of such a request has. */
  readonly bytes: number
  /** The name of its conversation. */
  readonly conversation: string | undefined
  readonly listener: ModelListener
}

/** Must not throw. */
export interface ModelListener {
  /** Called before the first event: who answers. */
  begin(target: SettledTarget): void
  /**
   * All events of the answer, in order. They are not held back: whoever listens is fast. A failure is no event: it is in
   * the outcome.
   */
  event(event: ModelEvent, progress: Progress): void
}

/** Of the call so far. */
export interface Progress {
  /** An estimate until the end. */
  readonly outputTokens: number
  /** In US dollars. Until the end, what was certainly spent. Null if no price is known. */
  readonly cost: number | null
}

export interface CallBelonging extends Belonging, KeyChoice {
  /** Notes which target and which of its keys has what the call refers to. */
  isAt(home: NamedTarget, key: string | undefined): void
  /** Notes which target, with which of its keys, answered the call that this one continues. */
  follows(last: NamedTarget, key: string | undefined): void
  /** The call is balanced by itself. */
  leaveConversation(): void
  /** Reads what else is needed of the call, and releases it. */
  settle(): void
}

export interface Promised {
  readonly id: string
  readonly createdAtMs: number
}

/** A call for embeddings. Its `protocol` is the dialect of its errors. */
export interface EmbeddingCall extends GatewayCall {
  readonly embedding: EmbeddingProtocol
}

export interface Named {
  readonly model: string
  readonly stream: boolean
}

export interface Answer {
  readonly status: number
  /** Alternating names and values. */
  readonly headers: readonly string[]
  readonly body: ByteString | ByteChannel
  /** The cost of a complete answer. A stream is settled at its end, by whoever ends it. */
  readonly spent?: Spent
}
