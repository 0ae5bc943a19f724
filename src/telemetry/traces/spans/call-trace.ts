/** The spans of one call: one for the call itself, and below it one for each attempt. */
import type { Context, Span, TextMapPropagator, Tracer } from '@opentelemetry/api'
import type { CallTrace, ErrorCode, SettledTarget, Settlement, TracedCall } from '#model'
import { type KnownProvider, toArrival, toAttempt, toKept, toResult } from './attributes.ts'
import type { Sdk } from '../load-sdk.ts'
import type { Content } from './content.ts'
import { toOperation } from './operations.ts'

export interface TraceKit extends Pick<Sdk, 'api'> {
  /** Records what is said, for one call. Absent: it is not recorded. */
  readonly createContent?: (() => Content) | undefined
  readonly tracer: Tracer
  readonly propagator: TextMapPropagator<unknown>
  /** What is known of a provider, by its name. */
  readonly describe: (provider: string) => KnownProvider | undefined
}

export const createCallTrace = (kit: TraceKit, call: TracedCall, parent: Context): CallTrace =>
  new SpannedCall(kit, call, parent)

interface Attempt {
  readonly span: Span
  readonly target: SettledTarget
  hasAnswered: boolean
}

/** The client or its door ended the call: nobody failed. */
const LEFT: ReadonlySet<string> = new Set<ErrorCode>(['client_left', 'client_stalled', 'cancelled'])

const ABOUT_KEY: ReadonlySet<string> = new Set<ErrorCode>([
  'upstream_rate_limited',
  'upstream_denied',
])

/** Every call that is traced has one: a class costs a tenth of separate closures. */
class SpannedCall implements CallTrace {
  readonly #kit: TraceKit
  readonly #call: TracedCall
  readonly #parent: Context
  readonly #operation: string
  readonly #startMs = Date.now()
  readonly #startedAt = performance.now()
  #span: Span | undefined
  #attempt: Attempt | undefined
  #attempts = 0
  #failed: { readonly target: SettledTarget; readonly code: ErrorCode } | undefined
  /** The client has been sent a status. */
  #isOpen = false
  content: Content | undefined

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
    if (this.#span.isRecording()) this.content ??= this.#kit.createContent?.()
  }

  attempt(target: SettledTarget): void {
    const { api, tracer, describe } = this.#kit
    const parent = (this.#span ??= this.#begin(undefined, false))
    const span = tracer.startSpan(
      toKept(`${this.#operation} ${target.model}`),
      { kind: api.SpanKind.CLIENT, startTime: this.#now() },
      api.trace.setSpan(this.#parent, parent),
    )
    this.#attempts++
    this.content?.begin()
    if (span.isRecording())
      span.setAttributes({
        ...toAttempt(target, this.#operation, describe(target.provider)),
        'sluice.attempt.number': this.#attempts,
        'sluice.attempt.reason': this.#toReason(target),
        'http.request.resend_count': this.#attempts > 1 ? this.#attempts - 1 : undefined,
      })
    this.#attempt = { span, target, hasAnswered: false }
  }

  lane(kind: 'relay' | 'translate', protocol: string): void {
    this.#attempt?.span.setAttributes({ 'sluice.lane': kind, 'sluice.protocol': protocol })
  }

  sent(key: number | undefined): void {
    if (key !== undefined) this.#attempt?.span.setAttribute('sluice.key', key)
  }

  received(status: number | undefined): void {
    const attempt = this.#attempt
    if (!attempt || attempt.hasAnswered) return
    attempt.hasAnswered = true
    attempt.span.addEvent('first_byte', this.#now())
    if (status !== undefined) attempt.span.setAttribute('http.response.status_code', status)
  }

  attemptFailed(code: ErrorCode, status: number | undefined): void {
    const attempt = this.#attempt
    if (!attempt) return
    this.#failed = { target: attempt.target, code }
    if (status !== undefined) attempt.span.setAttribute('http.response.status_code', status)
    this.#endAttempt(attempt, code)
  }

  firstByte(): void {
    this.#isOpen = true
    this.#span?.addEvent('first_byte', this.#now())
  }

  openedEarly(): void {
    this.#isOpen = true
    this.#span?.addEvent('opened_early', this.#now())
  }

  headers(): readonly string[] {
    const { api, propagator } = this.#kit
    const headers: string[] = []
    if (this.#attempt)
      propagator.inject(api.trace.setSpan(api.ROOT_CONTEXT, this.#attempt.span), headers, SETTER)
    return headers
  }

  settle(settlement: Settlement): void {
    const { outcome, target } = settlement
    if (this.#attempt) this.#endAttempt(this.#attempt, outcome)
    const span = (this.#span ??= this.#begin(settlement.model, false))
    if (span.isRecording()) {
      span.setAttributes({
        ...toResult(settlement, target && this.#kit.describe(target.provider)),
        'http.response.status_code': this.#toStatus(settlement),
        ...this.content?.read(settlement.answer?.reasons),
      })
      if (this.#isOurFailure(settlement))
        span.setStatus({ code: this.#kit.api.SpanStatusCode.ERROR })
    }
    span.end(this.#now())
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

  #endAttempt({ span }: Attempt, outcome: Settlement['outcome']): void {
    this.#attempt = undefined
    if (outcome !== 'ok') {
      span.setAttribute('error.type', outcome)
      if (!LEFT.has(outcome)) span.setStatus({ code: this.#kit.api.SpanStatusCode.ERROR })
    }
    span.end(this.#now())
  }

  /** Why there is another attempt. Undefined for the first one. */
  #toReason({ provider, model }: SettledTarget): string | undefined {
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
  #now(): number {
    return this.#startMs + (performance.now() - this.#startedAt)
  }
}

const SETTER = {
  set(headers: unknown, name: string, value: string): void {
    if (Array.isArray(headers) && value !== '') headers.push(name, value)
  },
}
