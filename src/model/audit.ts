/** What an operator may have to account for: who did what at `/admin`, and who was refused. */

export type AuditAction =
  /** An admin key read what the subject names. */
  | 'admin.read'
  /** A key or token was not accepted, or may not be used in this way. */
  | 'auth.refused'
  /** A key or token was refused because it has ended, or it ended during a call. */
  | 'key.expired'
  /** A caller asked for a model that it may not use. */
  | 'model.refused'
  | 'config.loaded'
  /** It was loaded again, or was not because of a fault. */
  | 'config.reloaded'
  | 'config.refused'
  | 'server.started'
  | 'server.stopped'

export interface AuditActor {
  /** A hash of the key: the `caller` of the log. */
  readonly id: string
  readonly name?: string | undefined
}

export interface AuditEvent {
  readonly action: AuditAction
  /** The route that was read, or what was started. It contains nothing that a client has chosen. */
  readonly subject?: string | undefined
  /** `ok`, or the code of the error. */
  readonly outcome: string
  readonly status?: number | undefined
  readonly requestId?: string | undefined
  /** Absent: it is not known, or there is none. */
  readonly actor?: AuditActor | undefined
  /** The address of the client. For IPv6 its network. */
  readonly address?: string | undefined
}
