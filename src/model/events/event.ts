/**
 * The grammar of an answer, as events:
 *
 *     message-start ( part-start part-delta* part-end )* message-end     or an error in place of the rest
 *
 * Parts may interleave; their index says which part an event belongs to.
 */
import type { GatewayError } from '../error.ts'
import type { Citation } from '../part.ts'
import type { Usage } from '../usage.ts'

export type ModelEvent = MessageStart | PartStart | PartDelta | PartEnd | MessageEnd | FailedEnd

export interface MessageStart {
  readonly type: 'message-start'
  readonly id: string
  /** The name of the model that answers, as the upstream reports it. */
  readonly model: string
  /** The usage that is known before the answer: usually only the input. */
  readonly usage?: Usage
}

export interface PartStart {
  readonly type: 'part-start'
  /** Starts at 0 and rises by one. */
  readonly index: number
  readonly part: PartOpening
}

export type PartOpening =
  | { readonly kind: 'text' }
  | { readonly kind: 'refusal' }
  /** `redacted` is complete: no delta follows. */
  | { readonly kind: 'reasoning'; readonly redacted?: string }
  | {
      readonly kind: 'tool-call'
      readonly id: string
      readonly name: string
      readonly freeform?: boolean
    }
  /** Complete at once. `of` is the index of the text part that it supports, which may be open or closed. */
  | { readonly kind: 'citation'; readonly of: number; readonly citation: Citation }
  /** Base64 in the deltas. */
  | { readonly kind: 'audio'; readonly id: string; readonly format: string }
  /** A block of the answer that only its own protocol has. Complete at once. */
  | { readonly kind: 'native'; readonly protocol: string; readonly value: unknown }

export interface PartDelta {
  readonly type: 'part-delta'
  readonly index: number
  /** The next piece of the text, the thought, the JSON of the arguments, or the base64. */
  readonly text: string
  /** The same piece as JSON string content in UTF-8 bytes, if the upstream sent it in that form. */
  readonly escaped?: string
}

export interface PartEnd {
  readonly type: 'part-end'
  readonly index: number
  /** For a reasoning part: proof of its origin. */
  readonly signature?: string
}

export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-full'
  | 'tool-calls'
  /** The model, or a filter in front of it, refused to answer. */
  | 'content-filter'
  /** The client should send the turn back unchanged to continue it. */
  | 'pause'
  | 'other'

interface FailedEnd {
  readonly type: 'error'
  readonly error: GatewayError
}

export interface MessageEnd {
  readonly type: 'message-end'
  readonly reason: FinishReason
  /** The sequence that stopped it, if the upstream reports it. */
  readonly stopSequence?: string
  /** The upstream's own word for the reason, if it is none of ours. */
  readonly vendorReason?: string
  readonly usage: Usage
}
