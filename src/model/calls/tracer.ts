/** Follows calls for whoever reads traces: each call is a span, and so is each of its attempts. */
import type { ErrorCode } from '../error.ts'
import type { ModelEvent } from '../events/event.ts'
import type { ProtocolName } from '../names/protocol-name.ts'
import type { ModelRequest } from '../request.ts'
import type { SettledTarget, Settlement } from './settlement.ts'

export interface Tracer {
  /** Undefined: nobody reads traces yet. */
  begin(call: TracedCall): CallTrace | undefined
}

/** What is known of a call when it arrives. */
export interface TracedCall {
  readonly requestId: string
  /** The name in the log: `POST /v1/messages`. */
  readonly route: string
  readonly protocol: { readonly name: ProtocolName }
  readonly caller: {
    readonly id: string
    readonly name?: string | undefined
    readonly owner?: string | undefined
  }
  /** Alternating names and values. */
  readonly rawHeaders: readonly string[]
}

export interface CallTrace {
  /** The model that the client asked for, and whether it wants a stream. */
  asked(model: string, stream: boolean): void
  /** An attempt begins. The one before has failed, or both are in progress at the same time. */
  attempt(target: SettledTarget): AttemptTrace
  /** The answer begins. */
  firstByte(): void
  /** A stream was opened before its first event. */
  openedEarly(): void
  settle(settlement: Settlement): void
}

export interface AttemptTrace {
  /** Present if what is said is recorded. */
  readonly content: ContentTrace | undefined
  lane(kind: 'relay' | 'translate', protocol: string): void
  /** The attempt is sent. @param key the position of its key among those of the provider, if there are several */
  sent(key: number | undefined): void
  /** The upstream has sent something. */
  received(status: number | undefined): void
  failed(code: ErrorCode, status: number | undefined): void
  /** Another attempt of the call has answered first. */
  outrun(): void
  /** The end of the call is that of this attempt, although another one may have begun after it. */
  decides(): void
  /** Headers by which the upstream continues the trace, as alternating names and values. */
  headers(): readonly string[]
}

/** Records prompts and answers. */
export interface ContentTrace {
  /** Whether it has not been shown the request yet. */
  readonly wantsRequest: boolean
  asked(request: ModelRequest): void
  event(event: ModelEvent): void
}
