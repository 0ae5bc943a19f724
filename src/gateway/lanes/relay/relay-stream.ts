/** A relayed stream: its bytes are unchanged, except for what must not reach the client. */
import { type AnswerFacts, type GatewayError, isJsonObject, type JsonObject } from '#model'
import type { OddEnding, Protocol, StreamTap } from '#protocols'
import type { ByteString } from '#streams'
import type { Redact } from '#telemetry'
import type { GatewayCall } from '../../call.ts'
import type { Spent } from '../../record/spent.ts'
import { createErrorGuard } from './error-guard.ts'
import { createEventFilter, type EventFilter } from './event-filter.ts'
import type { LaneStream } from '../lane.ts'
import { redactBytes, redactError } from '../../redaction/redaction.ts'
import { isUnreadable, mayBeUnreadable } from './unreadable-events.ts'
import { isUsageOnly, NO_CHOICES } from './usage-injection.ts'

/** Receives what a relayed answer contains for later calls, as it arrives. */
export interface Notes {
  /** @returns whether this call is to report the cost of the answer: it was not reported before. */
  onAnswer(answer: JsonObject, isComplete: boolean): boolean
  onGiven(ids: readonly string[]): void
}

export interface RelayOptions {
  readonly stripUsage: boolean
  /** Removes our keys from an error in the stream. */
  readonly redact: Redact
  readonly onAnswer: Notes['onAnswer'] | undefined
  readonly onGiven: Notes['onGiven'] | undefined
}

/** The usage of an answer that is still running upstream, or whose cost was reported before. */
export const NOTHING = { inputTokens: 0, outputTokens: 0 }

export const openRelay = (
  { protocol, requestId }: Pick<GatewayCall, 'protocol' | 'requestId'>,
  options: RelayOptions,
): LaneStream => new RelayStream(protocol, requestId, options)

/** Every stream has one of these: a class costs a tenth of separate closures and getters. */
class RelayStream implements LaneStream {
  readonly #protocol: Protocol
  readonly #requestId: string
  readonly #options: RelayOptions
  readonly #tap: StreamTap
  readonly #hidesErrors: boolean
  readonly #filter: EventFilter | undefined
  readonly #guard = createErrorGuard()
  #taken: ByteString = ''
  #isCut = false
  #told: 'nothing' | 'which it is' | 'all'
  #isNews = true

  constructor(protocol: Protocol, requestId: string, options: RelayOptions) {
    this.#protocol = protocol
    this.#requestId = requestId
    this.#options = options
    this.#told = options.onAnswer ? 'nothing' : 'all'
    const tap = protocol.createTap()
    this.#tap = tap
    this.#hidesErrors = protocol.errorsInStream === false
    this.#filter = createLaneFilter(protocol, () => tap.error !== undefined, {
      stripUsage: options.stripUsage,
      hidesErrors: this.#hidesErrors,
    })
  }

  push(bytes: ByteString): void {
    const tap = this.#tap
    tap.push(bytes)
    if (this.#told !== 'all') this.#tellAnswer()
    this.#noteGiven()
    if (tap.foreignError && tap.error && !this.#hidesErrors)
      return this.#replaceError(bytes, tap.foreignError, tap.error)
    const ready = this.#filter ? this.#filter.push(bytes) : this.#guard.push(bytes, tap.midEvent)
    this.#taken += tap.error ? redactBytes(ready, this.#options.redact) : ready
    if (!this.#hidesErrors || !tap.error || this.#isCut) return
    this.#isCut = true
    this.#taken += this.#encode(tap.error)
  }

  end(): void {
    this.#tap.end()
    // Do not flush a partial error event: the blank line after it would complete it.
    if (!this.#hidesErrors || this.#tap.finished) this.#taken += this.#takeRest()
  }

  take(): ByteString {
    const bytes = this.#taken
    this.#taken = ''
    return bytes
  }

  get started(): boolean {
    return this.#tap.started
  }

  get finished(): boolean {
    return this.#tap.finished
  }

  get error(): GatewayError | undefined {
    return this.#tap.error
  }

  get readyBytes(): number {
    return this.#taken.length
  }

  get heldBytes(): number {
    return (this.#filter?.heldBytes ?? 0) + this.#tap.heldBytes
  }

  encodeError(error: GatewayError): ByteString {
    if (this.#hidesErrors) return this.#encode(error)
    // Complete a partial event first, so that the error is not taken for the rest of it.
    return this.#takeGuarded() + (this.#tap.midEvent ? '\n\n' : '') + this.#encode(error)
  }

  get usage(): Spent['usage'] {
    return this.#goesOn() || !this.#isNews ? NOTHING : this.#tap.usage
  }

  get ending(): OddEnding | undefined {
    return this.#tap.ending
  }

  get answer(): AnswerFacts | undefined {
    return this.#tap.facts
  }

  get outputCharacters(): number {
    return this.#goesOn() || !this.#isNews ? 0 : this.#tap.outputCharacters
  }

  /** A background response continues upstream after this stream is cut; it is billed when someone fetches it. */
  #goesOn(): boolean {
    return this.#told === 'which it is' && !this.#tap.finished
  }

  /** Once the stream names its response, and again at the end of one that could have continued without it. */
  #tellAnswer(): void {
    const answer = this.#tap.context?.response
    if (!isJsonObject(answer) || this.#goesOn()) return
    this.#told = this.#tap.finished || answer.background !== true ? 'all' : 'which it is'
    this.#isNews = this.#options.onAnswer?.(answer, this.#told === 'all') ?? true
  }

  #noteGiven(): void {
    const ids = this.#tap.takeGivenIds?.() ?? NO_IDS
    if (ids.length > 0) this.#options.onGiven?.(ids)
  }

  #encode(error: GatewayError): ByteString {
    const { redact } = this.#options
    const redacted = redactError(error, redact)
    return this.#protocol.encodeStreamError(redacted, this.#requestId, this.#tap.context)
  }

  /** Returns an incomplete event, which may be an error. */
  #takeGuarded(): ByteString {
    return redactBytes(this.#guard.take(), this.#options.redact)
  }

  #takeRest(): ByteString {
    return this.#filter
      ? redactBytes(this.#filter.end(), this.#options.redact)
      : this.#takeGuarded()
  }

  /** Clients would take this error for a part of the answer, and read no error after the end of the stream. */
  #replaceError(
    bytes: ByteString,
    { start, end }: NonNullable<StreamTap['foreignError']>,
    error: GatewayError,
  ): void {
    if (this.#isCut) return
    this.#isCut = true
    const before = bytes.slice(0, start ?? 0)
    if (this.#filter) this.#taken += this.#filter.push(before)
    else if (start !== undefined) this.#taken += this.#guard.push(before, false)
    // The held part of the event is dropped. If a part was already sent, the event is completed.
    else if (this.#guard.take() === '')
      this.#taken += redactBytes(bytes.slice(0, end), this.#options.redact)
    this.#taken += this.#encode(error)
  }
}

const NO_IDS: readonly string[] = []

/** @param hasFailed whether an error is among the events so far. */
const createLaneFilter = (
  protocol: Protocol,
  hasFailed: () => boolean,
  { stripUsage, hidesErrors }: { readonly stripUsage: boolean; readonly hidesErrors: boolean },
) => {
  if (!stripUsage && !hidesErrors) return undefined
  let failed = false
  return createEventFilter(
    (events) =>
      failed ||
      (hidesErrors && (hasFailed() || mayBeUnreadable(events))) ||
      (stripUsage && events.includes(NO_CHOICES)),
    (event) => {
      // Nothing after an error belongs to the answer.
      failed ||= hidesErrors && hasFailed() && tellsError(protocol, event)
      return failed || (hidesErrors && isUnreadable(event)) || (stripUsage && isUsageOnly(event))
    },
  )
}

const tellsError = (protocol: Protocol, event: ByteString): boolean => {
  const tap = protocol.createTap()
  tap.push(event)
  return tap.error !== undefined
}
