/** What is remembered from one call to the next. The gateway asks at four moments of a call, and knows no more of it. */
import type { JsonObject } from '#model'
import type { Target } from '#router'
import type { Answer, GatewayCall } from './call.ts'
import type { Notes } from './lanes/relay/relay-stream.ts'
import type { CallRecord } from './record/call-record.ts'
import type { Envelope } from './request/envelope.ts'

export interface CallState {
  /**
   * Puts back into a call what it only names, before its targets are found.
   *
   * @param record releases the memory of the larger body.
   * @throws GatewayError
   */
  restore(call: GatewayCall, envelope: Envelope, record: Pick<CallRecord, 'holds'>): RestoredCall
}

export interface RestoredCall {
  readonly call: GatewayCall
  readonly envelope: Envelope
  /** Keeps the targets that have what the call still names. @throws GatewayError */
  narrow(targets: readonly Target[]): readonly Target[]
  /** Decides whether the client waits for the answer. @throws GatewayError */
  defer(targets: readonly Target[]): Deferral
  /** What to be told of the answer. */
  note(): AnswerNotes
}

export interface Deferral {
  /** Those that may be tried. */
  readonly targets: readonly Target[]
  /**
   * Present where the client is answered at once.
   *
   * @param generate generates the answer to the call that it is given. It rejects only after it has logged why.
   * @throws GatewayError
   */
  readonly begin?: (generate: (call: GatewayCall) => Promise<Answer>) => Answer
}

export interface AnswerNotes {
  /** Told the complete answer of a translated call, where a later call may refer to it. */
  readonly remember: ((answer: JsonObject) => void) | undefined
  /** Notes what a relayed answer gives to its caller, where a later call may refer to it. */
  readonly noteHome: ((target: Target) => Notes) | undefined
}
