/** The span of one attempt. Two attempts of a call may be in progress at the same time. */
import type { Span, TextMapPropagator } from '@opentelemetry/api'
import type { AttemptTrace, ErrorCode, SettledTarget, Settlement } from '#model'
import type { Sdk } from '../load-sdk.ts'
import type { AttemptContent } from './content.ts'

export interface AttemptKit extends Pick<Sdk, 'api'> {
  readonly propagator: TextMapPropagator<unknown>
}

/** The call, as far as an attempt knows it. */
export interface AttemptOwner {
  now(): number
  ended(attempt: SpannedAttempt, outcome: Settlement['outcome']): void
  decidedBy(attempt: SpannedAttempt): void
}

interface Begun {
  readonly span: Span
  readonly target: SettledTarget
  readonly content: AttemptContent | undefined
}

/** The client, its door or another attempt ended it: nobody failed. */
export const LEFT: ReadonlySet<string> = new Set<ErrorCode>([
  'client_left',
  'client_stalled',
  'cancelled',
])

export class SpannedAttempt implements AttemptTrace {
  readonly #kit: AttemptKit
  readonly #call: AttemptOwner
  readonly #span: Span
  readonly target: SettledTarget
  readonly content: AttemptContent | undefined
  #hasAnswered = false
  #hasEnded = false

  constructor(kit: AttemptKit, call: AttemptOwner, begun: Begun) {
    this.#kit = kit
    this.#call = call
    this.#span = begun.span
    this.target = begun.target
    this.content = begun.content
  }

  lane(kind: 'relay' | 'translate', protocol: string): void {
    this.#span.setAttributes({ 'sluice.lane': kind, 'sluice.protocol': protocol })
  }

  sent(key: number | undefined): void {
    if (key !== undefined) this.#span.setAttribute('sluice.key', key)
  }

  received(status: number | undefined): void {
    if (this.#hasAnswered || this.#hasEnded) return
    this.#hasAnswered = true
    this.#span.addEvent('first_byte', this.#call.now())
    this.#noteStatus(status)
  }

  failed(code: ErrorCode, status: number | undefined): void {
    if (this.#hasEnded) return
    this.#noteStatus(status)
    this.end(code)
  }

  outrun(): void {
    if (!this.#hasEnded) this.#span.setAttribute('sluice.attempt.outrun', true)
  }

  decides(): void {
    this.#call.decidedBy(this)
  }

  headers(): readonly string[] {
    const { api, propagator } = this.#kit
    const headers: string[] = []
    propagator.inject(api.trace.setSpan(api.ROOT_CONTEXT, this.#span), headers, SETTER)
    return headers
  }

  end(outcome: Settlement['outcome']): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (outcome !== 'ok') {
      this.#span.setAttribute('error.type', outcome)
      if (!LEFT.has(outcome)) this.#span.setStatus({ code: this.#kit.api.SpanStatusCode.ERROR })
    }
    this.#span.end(this.#call.now())
    this.#call.ended(this, outcome)
  }

  #noteStatus(status: number | undefined): void {
    if (status !== undefined) this.#span.setAttribute('http.response.status_code', status)
  }
}

const SETTER = {
  set(headers: unknown, name: string, value: string): void {
    if (Array.isArray(headers) && value !== '') headers.push(name, value)
  },
}
