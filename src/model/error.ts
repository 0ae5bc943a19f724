/** What can go wrong with a call, in one table. Protocols write these in their client's dialect. */

interface ErrorKind {
  readonly status: number
  /** Another try on the same target may succeed. */
  readonly retryable: boolean
  /** Another target could cure it. */
  readonly curable: boolean
}

export const ERROR_KINDS = {
  invalid_request: { status: 400, retryable: false, curable: false },
  unauthenticated: { status: 401, retryable: false, curable: false },
  forbidden: { status: 403, retryable: false, curable: false },
  not_found: { status: 404, retryable: false, curable: false },
  method_not_allowed: { status: 405, retryable: false, curable: false },
  request_too_large: { status: 413, retryable: false, curable: false },
  loop_detected: { status: 508, retryable: false, curable: false },
  at_capacity: { status: 503, retryable: false, curable: false },
  client_left: { status: 499, retryable: false, curable: false },
  /** Its caller ended it on purpose, or deleted its response. */
  cancelled: { status: 499, retryable: false, curable: false },
  /** Stayed, but read nothing of its answer for too long. */
  client_stalled: { status: 408, retryable: false, curable: false },
  internal: { status: 500, retryable: false, curable: false },
  /** Refused by the upstream for reasons that hold on every target. */
  upstream_rejected: { status: 400, retryable: false, curable: false },
  /** Our own key, account or model name is not accepted there. */
  upstream_denied: { status: 401, retryable: false, curable: true },
  /** The model, or the route to it, is not there. */
  upstream_missing: { status: 404, retryable: false, curable: true },
  upstream_rate_limited: { status: 429, retryable: true, curable: true },
  upstream_failed: { status: 500, retryable: true, curable: true },
  upstream_overloaded: { status: 529, retryable: true, curable: true },
  /** No connection, or none that lasted to the answer's end. */
  upstream_unreachable: { status: 502, retryable: true, curable: true },
  upstream_broken: { status: 502, retryable: true, curable: true },
  /** What came is not what the protocol says. */
  upstream_invalid: { status: 502, retryable: true, curable: true },
  upstream_timeout: { status: 504, retryable: false, curable: true },
} as const satisfies Record<string, ErrorKind>

export type ErrorCode = keyof typeof ERROR_KINDS

export interface ErrorDetails {
  /** In place of the kind's own: an upstream's status is kept. */
  readonly status?: number
  /** The field that is wrong, as the client wrote it: `messages[2].content`. */
  readonly param?: string
  /** The vendor's own code or type, where it says more than ours: `context_length_exceeded`. */
  readonly vendorCode?: string
  readonly vendorType?: string
  readonly retryAfterMs?: number
  /** The upstream's answer, to be given on where the client speaks its language. */
  readonly upstream?: UpstreamAnswer
  /** For the log only. */
  readonly cause?: unknown
}

export interface UpstreamAnswer {
  readonly status: number
  readonly rawHeaders: readonly string[]
  /** UTF-8 text. */
  readonly body: string
}

/** The message is for the client: one sentence, no secret, no prompt. The cause is for the log. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly status: number
  readonly param: string | undefined
  readonly vendorCode: string | undefined
  readonly vendorType: string | undefined
  readonly retryAfterMs: number | undefined
  readonly upstream: UpstreamAnswer | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    this.code = code
    this.status = details.status ?? ERROR_KINDS[code].status
    this.param = details.param
    this.vendorCode = details.vendorCode
    this.vendorType = details.vendorType
    this.retryAfterMs = details.retryAfterMs
    this.upstream = details.upstream
  }

  get retryable(): boolean {
    return ERROR_KINDS[this.code].retryable
  }

  get curable(): boolean {
    return ERROR_KINDS[this.code].curable
  }
}

/** The client's mistake, with the field that holds it. */
export const invalidRequest = (message: string, param?: string): GatewayError =>
  new GatewayError('invalid_request', message, param === undefined ? {} : { param })

export const clientLeft = (): GatewayError => new GatewayError('client_left', 'The client left.')

export const cancelled = (message = 'The call was cancelled.'): GatewayError =>
  new GatewayError('cancelled', message, { vendorCode: 'cancelled' })

export const clientStalled = (): GatewayError =>
  new GatewayError('client_stalled', 'The client did not read its answer for too long.')

export const GOING_DOWN = 'The server is going down.'

export const goingDown = (): GatewayError => new GatewayError('at_capacity', GOING_DOWN)

/** Whatever was thrown, as an error that a client may see. */
export const toGatewayError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError
    ? thrown
    : new GatewayError('internal', 'Something went wrong inside the gateway.', { cause: thrown })
