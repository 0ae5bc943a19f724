/** The spans of one call: one for the call itself, and below it one for each attempt. */
import type { Context, Span, Tracer } from '@opentelemetry/api'
import type { CallTrace, ErrorCode, SettledTarget, Settlement, TracedCall } from '#model'
import { type AttemptKit, type AttemptOwner, LEFT, SpannedAttempt } from './attempt-trace.ts'
import { type KnownProvider, toArrival, toAttempt, toKept, toResult } from './attributes.ts'
import type { Content } from './content.ts'
import { toOperation } from './operations.ts'

export interface TraceKit extends AttemptKit {
  /** Records what is said, for one call. Absent: it is not recorded. */
  readonly createContent?: (() => Content) | undefined
  readonly tracer: Tracer
  /** What is known of a provider, by its name. */
  readonly describe: (provider: string) => KnownProvider | undefined
}

export const createCallTrace = (kit: TraceKit, call: TracedCall, parent: Context): CallTrace =>
  new SpannedCall(kit, call, parent)

const ABOUT_KEY: ReadonlySet<string> = new Set<ErrorCode>([
  'upstream_rate_limited',
  'upstream_denied',
])

/** Every call that is traced has one: a class costs a tenth of separate closures. */
class SpannedCall implements CallTrace, AttemptOwner {
  readonly #kit: TraceKit
  readonly #call: TracedCall
  readonly #parent: Context
  readonly #operation: string
  readonly #startMs = Date.now()
  readonly #startedAt = performance.now()
  #span: Span | undefined
  /** The last one, or the one that decides. */
  #attempt: SpannedAttempt | undefined
  #attempts = 0
  /** How many are in progress. */
  #running = 0
  #failed: { readonly target: SettledTarget; readonly code: ErrorCode } | undefined
  /** The client has been sent a status. */
  #isOpen = false
  #content: Content | undefined

  constructor(kit: TraceKit, call: TracedCall, parent: Context) {
    const { requestId, route, protocol, caller } = call
    this.#kit = kit
    // Not the call itself, which holds its body.
    this.#call = { requestId, route, protocol, caller, rawHeaders: [] }
    this.#parent = parent
    this.#operation = toOperation(route, protocol.name)
  }

  asked(model: string, stream: boolean): void {
    this.#span ??= this.#begin(model, stream)
    if (this.#span.isRecording()) this.#content ??= this.#kit.createContent?.()
  }

  attempt(target: SettledTarget): SpannedAttempt {
    const { api, tracer, describe } = this.#kit
    const parent = (this.#span ??= this.#begin(undefined, false))
    const span = tracer.startSpan(
      toKept(`${this.#operation} ${target.model}`),
      { kind: api.SpanKind.CLIENT, startTime: this.now() },
      api.trace.setSpan(this.#parent, parent),
    )
    this.#attempts++
    if (span.isRecording())
      span.setAttributes({
        ...toAttempt(target, this.#operation, describe(target.provider)),
        'sluice.attempt.number': this.#attempts,
        'sluice.attempt.reason': this.#toReason(target),
        'http.request.resend_count': this.#attempts > 1 ? this.#attempts - 1 : undefined,
      })
    this.#running++
    const content = this.#content?.begin()
    return (this.#attempt = new SpannedAttempt(this.#kit, this, { span, target, content }))
  }

  ended({ target }: SpannedAttempt, outcome: Settlement['outcome']): void {
    this.#running--
    if (outcome !== 'ok') this.#failed = { target, code: outcome }
  }

  decidedBy(attempt: SpannedAttempt): void {
    this.#attempt = attempt
  }

  firstByte(): void {
    this.#isOpen = true
    this.#span?.addEvent('first_byte', this.now())
  }

  openedEarly(): void {
    this.#isOpen = true
    this.#span?.addEvent('opened_early', this.now())
  }

  settle(settlement: Settlement): void {
    const { outcome, target } = settlement
    this.#attempt?.end(outcome)
    const span = (this.#span ??= this.#begin(settlement.model, false))
    if (span.isRecording()) {
      span.setAttributes({
        ...toResult(settlement, target && this.#kit.describe(target.provider)),
        'http.response.status_code': this.#toStatus(settlement),
        ...this.#attempt?.content?.read(settlement.answer?.reasons),
      })
      if (this.#isOurFailure(settlement))
        span.setStatus({ code: this.#kit.api.SpanStatusCode.ERROR })
    }
    span.end(this.now())
  }

  #begin(model: string | undefined, stream: boolean): Span {
    const { api, tracer } = this.#kit
    return tracer.startSpan(
      model === undefined ? this.#operation : toKept(`${this.#operation} ${model}`),
      {
        kind: api.SpanKind.SERVER,
        startTime: this.#startMs,
        attributes: toArrival(this.#call, this.#operation, { model, stream }),
      },
      this.#parent,
    )
  }

  /** Why there is another attempt. Undefined for the first one. */
  #toReason({ provider, model }: SettledTarget): string | undefined {
    if (this.#running > 0) return 'hedge'
    const before = this.#failed
    if (!before) return undefined
    if (before.target.provider !== provider || before.target.model !== model) return 'fallback'
    return ABOUT_KEY.has(before.code) ? 'other_key' : 'retry'
  }

  /** What the client was sent. On a socket there is none for each call, and a client that left may have received none. */
  #toStatus({ outcome, status }: Settlement): number | undefined {
    if (this.#call.route.startsWith('WS ')) return undefined
    if (this.#isOpen || outcome === 'ok') return 200
    return LEFT.has(outcome) ? undefined : status
  }

  /** By the conventions for HTTP, a refusal that the client could have avoided is none. */
  #isOurFailure({ outcome, status = 500 }: Settlement): boolean {
    return outcome !== 'ok' && !LEFT.has(outcome) && (status >= 500 || this.#isOpen)
  }

  /** To the microsecond, on the clock of the start. */
  now(): number {
    return this.#startMs + (performance.now() - this.#startedAt)
  }
}
