/** State that outlives a call. The gateway uses it at four moments of a call, and knows nothing else about it. */
import type { JsonObject } from '#model'
import type { Target } from '#router'
import type { Answer, GatewayCall } from './call.ts'
import type { Notes } from './lanes/relay/relay-stream.ts'
import type { CallRecord } from './record/call-record.ts'
import type { Envelope } from './request/envelope.ts'

export interface CallState {
  /**
   * Replaces references to earlier state by their content, before the targets of the call are found.
   *
   * @param record takes over the memory of the larger body, and releases it.
   * @throws GatewayError
   */
  restore(call: GatewayCall, envelope: Envelope, record: Pick<CallRecord, 'holds'>): RestoredCall
}

export interface RestoredCall {
  readonly call: GatewayCall
  readonly envelope: Envelope
  /** Keeps only targets that hold the state that the call still refers to. @throws GatewayError */
  narrow(targets: readonly Target[]): readonly Target[]
  /** Decides whether the client waits for the answer. @throws GatewayError */
  defer(targets: readonly Target[]): Deferral
  /** The callbacks for the answer. */
  note(): AnswerNotes
}

export interface Deferral {
  /** The targets that may be tried. */
  readonly targets: readonly Target[]
  /**
   * Present if the client is answered at once.
   *
   * @param generate generates the answer to a call. It logs a failure before it rejects.
   * @throws GatewayError
   */
  readonly begin?: (generate: (call: GatewayCall) => Promise<Answer>) => Answer
}

export interface AnswerNotes {
  /** Receives the complete answer of a translated call, if a later call may refer to it. */
  readonly remember: ((answer: JsonObject, target: Target) => void) | undefined
  /** Notes the ids in a relayed answer, if a later call may refer to them. */
  readonly noteHome: ((target: Target) => Partial<Notes>) | undefined
}

/** The callbacks of an answer that nobody notes. */
export const NO_NOTES: AnswerNotes = { remember: undefined, noteHome: undefined }
