/** The routes of the HTTP door. */
import type { Named } from '#gateway'
import type { EmbeddingProtocol, Protocol } from '#protocols'
import type { Revisit } from '#responses'

export type AdminRoute = 'admin' | 'admin-usage' | 'admin-audit' | 'admin-explain'

/** What a request about sessions asks for. */
export type SessionAction =
  | 'list'
  | 'create'
  | 'read'
  | 'patch'
  | 'delete'
  | 'messages'
  | 'send'
  | 'edit'
  | 'regenerate'
  | 'dequeue'
  | 'clear'
  | 'extend'
  | 'fork'
  | 'cancel'
  | 'continue'
  | 'choose'
  | 'export'
  | 'runs'
  | 'prompt'
  | 'events'
  | 'stream'
  | 'chat'
  | 'upload'
  | 'read-upload'
  | 'upload-content'
  | 'delete-upload'
  | 'ticket'
  | 'costs'
  | 'reset-costs'

/** As the client wrote them in the path. */
export type SessionIds = Readonly<
  Partial<Record<'session_id' | 'message_id' | 'run_id' | 'upload_id', string>>
>

export type Route =
  /** Answered without authentication. */
  | { readonly kind: 'health' | 'ready' | 'probe' | 'docs' }
  /** For an admin key. */
  | { readonly kind: AdminRoute }
  | { readonly kind: 'metrics' }
  | {
      readonly kind: 'generate' | 'count-tokens' | 'compact'
      readonly protocol: Protocol
      /** The name in the log: `/v1/messages`. */
      readonly name: string
      /** The path of this route at an upstream of the same protocol. */
      readonly toPath: (model: string) => string
      readonly named?: Named
    }
  | {
      readonly kind: 'embed'
      /** The dialect of its errors. */
      readonly protocol: Protocol
      readonly embedding: EmbeddingProtocol
      readonly name: string
      readonly toPath: (model: string) => string
      readonly named?: Named
    }
  | { readonly kind: 'models' }
  /** What all routes take and answer. */
  | { readonly kind: 'openapi' }
  /** The caller's own usage. */
  | { readonly kind: 'usage' }
  | {
      /** Concerns an earlier response. */
      readonly kind: 'revisit'
      readonly revisit: Revisit
      readonly name: string
      readonly path: string
    }
  | { readonly kind: 'model'; readonly id: string }
  | SessionRoute

/** Of sessions, tickets and costs. */
export interface SessionRoute {
  readonly kind: 'session'
  readonly action: SessionAction
  /** `/api/sessions/{session_id}/messages` */
  readonly name: string
  readonly ids: SessionIds
}

export interface Entry {
  readonly methods: readonly string[]
  readonly route: Route
}
