/**
 * The canonical events of a session. The log holds those of `LogEvent`, and every door encodes them. Names and fields are
 * those of the wire.
 */
import type { ErrorCode } from '../error.ts'
import type { CostSummary, RunEnd } from './run-outcome.ts'
import type { Attachment, SessionMessage, UserContent } from './session-message.ts'

export type { CostSummary, RunEnd, RunStatus } from './run-outcome.ts'

export interface EventError {
  readonly message: string
  readonly type: string
  readonly code: ErrorCode | string
  readonly param: string | null
}

/** An event of the log, without its stamp. */
export type LogEvent =
  | UserMessage
  | {
      readonly type: 'queued'
      readonly message_id: string
      readonly client_message_id?: string
      readonly content: string
      readonly attachments?: readonly Attachment[]
      /** 1 is next. */
      readonly place: number
    }
  | { readonly type: 'dequeued'; readonly message_id: string }
  | {
      readonly type: 'run_start'
      readonly run_id: string
      /** Of the answer. */
      readonly message_id: string
      /** Of the message that is answered. */
      readonly parent_id: string | null
      readonly model: string
      /** The run whose answer this one goes on with. */
      readonly continues?: string
    }
  | {
      readonly type: 'llm_start'
      readonly run_id: string
      readonly step: number
      readonly model: string
      /** `provider/model`. */
      readonly target: string
    }
  | {
      readonly type: 'part_start'
      readonly run_id: string
      readonly part: number
      readonly kind: 'text' | 'reasoning' | 'refusal'
    }
  | Token
  | Reasoning
  | {
      readonly type: 'citation'
      readonly run_id: string
      readonly index: number
      readonly title?: string
      readonly url?: string
      readonly quote?: string
      readonly start?: number
      readonly end?: number
    }
  | {
      readonly type: 'llm_end'
      readonly run_id: string
      readonly step: number
      readonly cost_summary: CostSummary
    }
  | {
      readonly type: 'run_end'
      readonly run_id: string
      readonly message_id: string
      readonly status: RunEnd
      /** The complete text of the answer. */
      readonly result: string
      readonly finish_reason: string | null
      readonly cost_summary: CostSummary
      readonly error?: EventError
    }
  | {
      readonly type: 'session_updated'
      readonly title?: string | null
      readonly system_prompt?: string | null
      readonly model?: string | null
      readonly keep?: boolean
      readonly expires_at?: string | null
      readonly metadata?: object
    }
  | { readonly type: 'head'; readonly message_id: string | null }
  | { readonly type: 'history_cleared' }

export interface UserMessage extends UserContent {
  readonly type: 'user_message'
  readonly message_id: string
  readonly parent_id: string | null
  readonly client_message_id?: string
  /** One of the users of a caller. */
  readonly user?: string
}

export interface Token {
  readonly type: 'token'
  readonly run_id: string
  readonly part: number
  readonly token: string
  /** Of the run so far, an estimate until its end. */
  readonly token_count: number
  /** Of the run so far, in US dollars. It never falls. Null if no price is known. */
  readonly cost: number | null
}

export interface Reasoning {
  readonly type: 'reasoning'
  readonly run_id: string
  readonly part: number
  readonly token: string
}

/** Where an event is in its log. */
export interface Stamp {
  readonly seq: number
  readonly epoch: number
  /** In milliseconds of Unix time. On the wire it is ISO 8601. */
  readonly at: number
}

/** What one reader is sent besides the events of the log. */
export type ReaderEvent =
  | {
      readonly type: 'snapshot'
      readonly messages: readonly SessionMessage[]
      readonly position: string
    }
  /** What came after this position is not in the log. */
  | { readonly type: 'rewind'; readonly to: string }

export interface StampedEvent extends Stamp {
  readonly event: LogEvent
}

/** What a reader of a session receives. */
export type SentEvent = StampedEvent | { readonly event: ReaderEvent; readonly seq?: undefined }
