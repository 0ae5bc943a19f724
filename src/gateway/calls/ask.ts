/** Calls that are made in this process, in the vocabulary: no protocol is written or read for them. */
import type { Caller } from '#access'
import type {
  Departure,
  GatewayError,
  ModelEvent,
  ModelRequest,
  SettledTarget,
  Settlement,
} from '#model'

export interface ModelCall {
  readonly requestId: string
  /** The name in the log. */
  readonly route: string
  readonly caller: Caller
  /** The network of the client. Undefined if addresses are not counted. */
  readonly network?: string | undefined
  readonly request: ModelRequest
  readonly signal: Departure
  /** Calls of one conversation return to one target while it is healthy. */
  readonly conversation?: string
  /** The caller's own words for the call. */
  readonly tags?: string
}

export interface ModelListener {
  /** Called before the first event: who answers. */
  begin(target: SettledTarget): void
  /** All events of the answer, in order. They are not held back: whoever listens is fast. */
  event(event: ModelEvent, progress: Progress): void
}

/** Of the call so far. */
export interface Progress {
  /** An estimate until the end. */
  readonly outputTokens: number
  /** In US dollars. Null if no price is known. */
  readonly cost: number | null
}

export interface ModelOutcome {
  /** The same as in the ledger. */
  readonly settlement: Settlement
  /** Present if the call failed, before its answer or in the middle of it. */
  readonly error?: GatewayError
}

/** Does not reject. */
export type AskModel = (call: ModelCall, listener: ModelListener) => Promise<ModelOutcome>
