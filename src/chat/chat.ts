/** The chat backend, as doors use it. */
import type { Caller } from '#access'
import type {
  CommandOutcome,
  GatewayError,
  SentEvent,
  SessionCommand,
  SessionMessage,
} from '#model'
import type { Position } from '#runs'
import type { Uploads } from './uploads/uploads.ts'

/** Who is at a door. */
export interface Visitor {
  readonly caller: Caller
  /** The network of the client. Undefined if addresses are not counted. */
  readonly network: string | undefined
  readonly requestId: string
  /** The name in the log: `WS /ws/session/{id}`. */
  readonly route: string
}

export interface Joining {
  /** Undefined: a session is made. */
  readonly id?: string
  /** Whether an unknown id of the client's makes a session. Ids that begin with `ses_` never do. */
  readonly creates: boolean
}

export interface Chat {
  /** @throws GatewayError `not_found`, `invalid_request` for an id that cannot be one, `store_unavailable` */
  join(visitor: Visitor, joining: Joining): Promise<JoinedSession>
  readonly resources: SessionResources
  readonly uploads: Uploads
  /** How many runs are in progress. */
  readonly running: number
  /** Starts no more runs. Resolves when none is left, or after `withinMs`: the rest is interrupted. */
  drain(withinMs: number): Promise<void>
}

/** A session with one more reader or writer. It stays in memory until every one has left. */
export interface JoinedSession {
  readonly id: string
  readonly isNew: boolean
  /** The last event of the log. */
  readonly position: Position
  readonly head: string | null
  readonly activeRun: string | undefined
  /** The branch that models see. */
  history(): Promise<readonly SessionMessage[]>
  /** The same, and the position after which events follow. */
  snapshot(): Promise<{
    readonly messages: readonly SessionMessage[]
    readonly position: Position
  }>
  /**
   * Sends a reader all events after a position. What it has that the log has not is taken back first (`rewind`); if
   * events after it are no longer kept, it gets a `snapshot` in their place.
   *
   * @param position undefined: from now on.
   */
  follow(position: Position | undefined, reader: SessionReader): Promise<SessionFollowing>
  /** @throws GatewayError */
  command(command: SessionCommand, by: Visitor): Promise<CommandOutcome>
  /** Its reader or writer has left. @param cancels the runs that it started with `on_disconnect: cancel` end. */
  leave(): void
}

export interface SessionReader {
  /** Takes events in order. False: it takes no more until `resume` is called. */
  take(events: readonly SentEvent[]): boolean
  /** It reads no further: it was too slow, or the session was deleted, or its epoch ended. */
  end(reason: GatewayError, position: Position): void
}

export interface SessionFollowing {
  /** The last event that was taken. */
  readonly position: Position
  resume(): void
  stop(): void
}

/** The answers of `/api/sessions`, as they are sent. Each throws a GatewayError `not_found` for what is another's. */
export interface SessionResources {
  create(visitor: Visitor, body: object): Promise<object>
  list(visitor: Visitor, query: URLSearchParams): Promise<object>
  read(visitor: Visitor, id: string): Promise<object>
  patch(visitor: Visitor, id: string, body: object): Promise<object>
  delete(visitor: Visitor, id: string): Promise<void>
  messages(visitor: Visitor, id: string, query: URLSearchParams): Promise<object>
  runs(visitor: Visitor, id: string): Promise<object>
  prompt(visitor: Visitor, id: string, runId: string): Promise<object>
  extend(visitor: Visitor, id: string, body: object): Promise<object>
  fork(visitor: Visitor, id: string, body: object): Promise<object>
  export(visitor: Visitor, id: string, format: 'json' | 'markdown'): Promise<string>
  costs(visitor: Visitor, sessionId: string | undefined): Promise<object>
  resetCosts(visitor: Visitor): Promise<object>
}
