/** Everything that can go wrong with a call, in one table. Each protocol writes these errors in its own dialect. */

import type { AuditActor } from './audit.ts'

interface ErrorKind {
  readonly status: number
  /** Another attempt at the same target may succeed. */
  readonly retryable: boolean
  /** Another target may succeed. */
  readonly curable: boolean
}

export const ERROR_KINDS = {
  invalid_request: { status: 400, retryable: false, curable: false },
  unauthenticated: { status: 401, retryable: false, curable: false },
  forbidden: { status: 403, retryable: false, curable: false },
  not_found: { status: 404, retryable: false, curable: false },
  method_not_allowed: { status: 405, retryable: false, curable: false },
  /** What is asked for cannot be done at this moment: something else is in progress. */
  conflict: { status: 409, retryable: false, curable: false },
  request_too_large: { status: 413, retryable: false, curable: false },
  loop_detected: { status: 508, retryable: false, curable: false },
  /** The caller, its owner or its address has used up a limit of this gateway. */
  rate_limited: { status: 429, retryable: false, curable: false },
  at_capacity: { status: 503, retryable: false, curable: false },
  /** Limits are kept in a store that cannot be used, and the operator wants no call without them. */
  store_unavailable: { status: 503, retryable: false, curable: false },
  client_left: { status: 499, retryable: false, curable: false },
  /** The caller cancelled it, or deleted its response. */
  cancelled: { status: 499, retryable: false, curable: false },
  /** The client stayed connected, but did not read its answer for too long. */
  client_stalled: { status: 408, retryable: false, curable: false },
  internal: { status: 500, retryable: false, curable: false },
  /** The upstream refused it for reasons that hold for every target. */
  upstream_rejected: { status: 400, retryable: false, curable: false },
  /** The upstream does not accept our key, account or model name. */
  upstream_denied: { status: 401, retryable: false, curable: true },
  /** The upstream does not have the model, or the route to it. */
  upstream_missing: { status: 404, retryable: false, curable: true },
  upstream_rate_limited: { status: 429, retryable: true, curable: true },
  upstream_failed: { status: 500, retryable: true, curable: true },
  upstream_overloaded: { status: 529, retryable: true, curable: true },
  /** No connection, or the connection failed before the answer was complete. */
  upstream_unreachable: { status: 502, retryable: true, curable: true },
  upstream_broken: { status: 502, retryable: true, curable: true },
  /** The answer does not conform to the protocol. */
  upstream_invalid: { status: 502, retryable: true, curable: true },
  upstream_timeout: { status: 504, retryable: false, curable: true },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERROR_KINDS

export interface ErrorDetails {
  /** Replaces the status of the kind, to keep the status of an upstream. */
  readonly status?: number
  /** The field that is wrong, as the client wrote it: `messages[2].content`. */
  readonly param?: string
  /** The vendor's own code or type, if it says more than ours: `context_length_exceeded`. */
  readonly vendorCode?: string
  readonly vendorType?: string
  readonly retryAfterMs?: number
  /** The upstream's answer. It is forwarded if the client speaks the same protocol. */
  readonly upstream?: UpstreamAnswer
  /** Whose key it was, if that is known: for the audit only. */
  readonly actor?: AuditActor
  /** For the log only. */
  readonly cause?: unknown
}

export interface UpstreamAnswer {
  readonly status: number
  readonly rawHeaders: readonly string[]
  /** UTF-8 text. */
  readonly body: string
}

/** The message is for the client: one sentence, without secrets or prompts. The cause is for the log. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly status: number
  readonly param: string | undefined
  readonly vendorCode: string | undefined
  readonly vendorType: string | undefined
  readonly retryAfterMs: number | undefined
  readonly upstream: UpstreamAnswer | undefined
  readonly actor: AuditActor | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.status = details.status ?? ERROR_KINDS[code].status
    this.param = details.param
    this.vendorCode = details.vendorCode
    this.vendorType = details.vendorType
    this.retryAfterMs = details.retryAfterMs
    this.upstream = details.upstream
    this.actor = details.actor
  }

  get retryable(): boolean {
    return ERROR_KINDS[this.code].retryable
  }

  get curable(): boolean {
    return ERROR_KINDS[this.code].curable
  }
}

/** 403 may concern one model or one prompt, and 402 one expensive request. */
const ABOUT_ONE_REQUEST = new Set([402, 403])

/** Whether the configured key itself is refused, as it then would be for every call. */
export const isKeyRefused = ({ code, status }: GatewayError): boolean =>
  code === 'upstream_denied' && !ABOUT_ONE_REQUEST.has(status)

/** A mistake of the client's, with the field that is wrong. */
export const invalidRequest = (message: string, param?: string): GatewayError =>
  new GatewayError('invalid_request', message, param === undefined ? {} : { param })

export const clientLeft = (): GatewayError => new GatewayError('client_left', 'The client left.')

export const cancelled = (message = 'The call was cancelled.'): GatewayError =>
  new GatewayError('cancelled', message, { vendorCode: 'cancelled' })

export const clientStalled = (): GatewayError =>
  new GatewayError('client_stalled', 'The client did not read its answer for too long.')

export const GOING_DOWN = 'The server is going down.'

export const goingDown = (): GatewayError => new GatewayError('at_capacity', GOING_DOWN)

/** Turns anything that was thrown into an error that a client may see. */
export const toGatewayError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError
    ? thrown
    : new GatewayError('internal', 'Something went wrong inside the gateway.', { cause: thrown })

/** Why something failed, in a few words. Some errors of the network have a code and no message. */
export const reasonOf = (error: unknown): string => {
  const { message, code } = error as { message?: unknown; code?: unknown }
  return String(message || code || error)
}
