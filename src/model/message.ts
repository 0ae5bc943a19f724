/** A complete answer: the fold of its events. */
import type { FinishReason } from './events/event.ts'
import type { Citation } from './part.ts'
import type { Usage } from './usage.ts'

export interface ModelMessage {
  readonly id: string
  readonly model: string
  readonly parts: readonly AnswerPart[]
  readonly reason: FinishReason
  readonly stopSequence?: string
  readonly vendorReason?: string
  readonly usage: Usage
}

export type AnswerPart =
  | { readonly kind: 'text'; readonly text: string; readonly citations?: readonly Citation[] }
  | { readonly kind: 'refusal'; readonly text: string }
  | {
      readonly kind: 'reasoning'
      readonly text: string
      readonly signature?: string
      readonly redacted?: string
    }
  | {
      readonly kind: 'tool-call'
      readonly id: string
      readonly name: string
      readonly arguments: string
      readonly freeform?: boolean
    }
  | { readonly kind: 'audio'; readonly id: string; readonly format: string; readonly data: string }
  | { readonly kind: 'native'; readonly protocol: string; readonly value: unknown }
