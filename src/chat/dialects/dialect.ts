/** How a door writes the events of a session and reads commands. A dialect is one file of pure functions. */
import type { GatewayError, SentEvent, SessionCommand, SessionMessage } from '#model'

export interface Dialect {
  /** Its name in logs and tests. */
  readonly name: string
  /** What it knows of one connection. */
  open(session: DialectSession): DialectConnection
}

/** The session at the moment at which the connection was opened. */
export interface DialectSession {
  readonly id: string
  readonly isNew: boolean
  readonly position: string
  readonly head: string | null
  readonly activeRun: string | undefined
  /** The branch that models see. The answer in progress is its last message, with what came up to `position`. */
  readonly history: readonly SessionMessage[]
  /** The client named a position: it has what came before, and gets what came after it. */
  readonly resumes?: boolean
}

export interface DialectConnection {
  /** What is sent first. */
  greet(): readonly Frame[]
  /** Nothing for events that the dialect does not know. */
  encode(event: SentEvent): readonly Frame[]
  /** @throws GatewayError `invalid_request`, with the field that is wrong. */
  decode(text: string): DoorCommand
  /** @param runId of the run that it concerns. */
  fail(error: GatewayError, runId?: string): readonly Frame[]
  /** The server goes down, or the session is no longer read here. */
  leave(position: string, reason: string): readonly Frame[]
  pong(): readonly Frame[]
  /** What was to be cancelled has ended already, or was never there. */
  nothingToCancel(runId?: string): readonly Frame[]
  /**
   * Where the head moves, the door sends a snapshot in its place: to a client of one branch always, to one that has all of them if it
   * was not sent the message. Undefined: it watches a run.
   */
  readonly shows?: 'one branch' | 'all branches' | undefined
}

export interface Frame {
  readonly text: string
  /** The name of the event, where the door writes one. */
  readonly name?: string
  /** From where the client reads on, where the door writes it. By default it is the position of the event. */
  readonly id?: string
  /** The connection ends behind this frame. It is not sent if its text is empty. */
  readonly close?: { readonly code: number; readonly reason: string }
  /** As the door has written it, for other readers of the same frame. */
  wire?: string
}

/** What the door does by itself, besides the commands of a session. */
export type DoorCommand =
  | SessionCommand
  | { readonly type: 'ping' }
  | { readonly type: 'auth' }
  | { readonly type: 'resume'; readonly position: string }
