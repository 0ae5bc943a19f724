/** A message of a session, as clients are shown it. Messages are a tree; the head of the session names the branch. */
import type { CostSummary, RunStatus } from './run-outcome.ts'

export interface UserContent {
  readonly content: string
  readonly attachments?: readonly Attachment[]
  /** An object of the client's own. No model is told of it. */
  readonly metadata?: object
}

/** A file that was uploaded before. */
export interface Attachment {
  readonly upload_id: string
  readonly name: string
  /** A media type, found in its bytes. */
  readonly type: string
  readonly bytes: number
}

export interface SessionMessage {
  readonly message_id: string
  readonly parent_id: string | null
  readonly role: 'user' | 'assistant'
  /** The text of all parts of text. */
  readonly content: string
  readonly parts: readonly MessagePart[]
  /** Of the run that made it. `cancelled` and `interrupted` mark a partial answer. Of a user's message: `done`. */
  readonly status: RunStatus
  readonly model?: string
  readonly run_id?: string
  readonly client_message_id?: string
  readonly user?: string
  /** An object of the client's own. */
  readonly metadata?: object
  /** ISO 8601. */
  readonly created_at: string
  readonly cost_summary?: CostSummary
}

export type MessagePart =
  | { readonly kind: 'text' | 'reasoning' | 'refusal'; readonly text: string }
  | ({ readonly kind: 'attachment' } & Attachment)
  | {
      readonly kind: 'citation'
      readonly title?: string
      readonly url?: string
      readonly quote?: string
      readonly start?: number
      readonly end?: number
    }
