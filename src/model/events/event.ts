/**
 * An answer as a sentence of events:
 *
 *     message-start ( part-start part-delta* part-end )* message-end     or error in place of the rest
 *
 * Parts may interleave; their index tells them apart.
 */
import type { GatewayError } from '../error.ts'
import type { Citation } from '../part.ts'
import type { Usage } from '../usage.ts'

export type ModelEvent = MessageStart | PartStart | PartDelta | PartEnd | MessageEnd | FailedEnd

export interface MessageStart {
  readonly type: 'message-start'
  readonly id: string
  /** The model that answers, as the upstream names it. */
  readonly model: string
  /** What is known of it before the answer: usually the input side only. */
  readonly usage?: Usage
}

export interface PartStart {
  readonly type: 'part-start'
  /** Rises by one from 0. */
  readonly index: number
  readonly part: PartOpening
}

export type PartOpening =
  | { readonly kind: 'text' }
  | { readonly kind: 'refusal' }
  /** `redacted` comes whole: no delta follows. */
  | { readonly kind: 'reasoning'; readonly redacted?: string }
  | {
      readonly kind: 'tool-call'
      readonly id: string
      readonly name: string
      readonly freeform?: boolean
    }
  /** Comes whole; `of` is the index of the text part that it supports, open or closed. */
  | { readonly kind: 'citation'; readonly of: number; readonly citation: Citation }
  /** Base64 in the deltas. */
  | { readonly kind: 'audio'; readonly id: string; readonly format: string }
  /** A block of the answer that only its own protocol knows. Comes whole. */
  | { readonly kind: 'native'; readonly protocol: string; readonly value: unknown }

export interface PartDelta {
  readonly type: 'part-delta'
  readonly index: number
  /** More of the text, the thought, the arguments' JSON, the base64. */
  readonly text: string
  /** The same as it stands between the quotes of a JSON string, in UTF-8 bytes, where the wire gave it so. */
  readonly escaped?: string
}

export interface PartEnd {
  readonly type: 'part-end'
  readonly index: number
  /** Of a reasoning part: proof of origin. */
  readonly signature?: string
}

export type FinishReason =
  | 'stop'
  | 'stop-sequence'
  | 'length'
  | 'context-full'
  | 'tool-calls'
  /** The model, or a filter beside it, would not answer. */
  | 'content-filter'
  /** The turn is to be sent back as it is, to go on. */
  | 'pause'
  | 'other'

interface FailedEnd {
  readonly type: 'error'
  readonly error: GatewayError
}

export interface MessageEnd {
  readonly type: 'message-end'
  readonly reason: FinishReason
  /** The sequence that stopped it, where the upstream tells. */
  readonly stopSequence?: string
  /** Why it ended in the upstream's own word, where nobody here knows that. */
  readonly vendorReason?: string
  readonly usage: Usage
}
