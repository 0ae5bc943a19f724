/** The record of one of two attempts that run at the same time. Only the one that answers first is that of the call. */
import type { MemoryHold } from '#access'
import type { ContentTrace, ErrorCode, GatewayError } from '#model'
import type { CallRecord, LaneRecord, RecordedAttempt } from './call-record.ts'
import type { Spent } from './spent.ts'
import type { StreamPace } from './stream-pace.ts'

export type RacedRecord = Pick<
  CallRecord,
  keyof LaneRecord | 'attempt' | 'attemptFailed' | 'decidedBy' | 'traced' | 'usedInRace'
>

export interface Race {
  /** The attempt has an answer for the client: the other one is to be cancelled. */
  won(): void
  /** Whether the other attempt is still running. */
  readonly hasOther: boolean
}

/** An upstream that has read the request will bill it, whether it reports what it used or not. */
const UNREPORTED: Spent = { usage: {}, outputCharacters: 0 }

export class RacingRecord implements LaneRecord {
  readonly #record: RacedRecord
  readonly #attempt: RecordedAttempt
  readonly #race: Race
  #state: 'running' | 'won' | 'lost' | 'over' = 'running'
  #isAsked = false
  #hasReported = false

  constructor(record: RacedRecord, attempt: RecordedAttempt, race: Race) {
    this.#record = record
    this.#attempt = attempt
    this.#race = race
  }

  get hasLost(): boolean {
    return this.#state === 'lost'
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** @param cancel ends the attempt, which may report what it has used. */
  lose(cancel: () => void): void {
    this.#state = 'lost'
    this.#attempt.trace?.outrun()
    this.#record.attemptFailed('cancelled', undefined, this.#attempt)
    cancel()
    if (this.#isAsked && !this.#hasReported) this.used(UNREPORTED)
  }

  /** The attempt has failed. If the other one fails, too, it fails later and decides. */
  failed(code: ErrorCode, status?: number): void {
    // A client that left both of them has been noted already.
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#record.attemptFailed(code, status, this.#attempt)
    this.#record.decidedBy(this.#attempt)
  }

  traced(headers: readonly string[]): readonly string[] {
    return this.#record.traced(headers, this.#attempt)
  }

  get content(): ContentTrace | undefined {
    return this.#attempt.trace?.content
  }

  get ageMs(): number {
    return this.#record.ageMs
  }

  lane(kind: 'relay' | 'translate', protocol: string): void {
    this.#record.lane(kind, protocol, this.#attempt)
  }

  hold(bytes: number): MemoryHold {
    return this.#record.hold(bytes)
  }

  sent(key?: number): void {
    this.#isAsked = true
    this.#record.sent(key, this.#attempt)
  }

  received(status?: number): void {
    if (!this.hasLost) this.#record.received(status, this.#attempt)
  }

  firstByte(): void {
    if (this.#wins()) this.#record.firstByte()
  }

  opened(): StreamPace | undefined {
    return this.#wins() ? this.#record.opened() : undefined
  }

  answered(headers: readonly string[]): void {
    if (!this.hasLost) this.#record.answered(headers)
  }

  costOf(spent: Spent): number | null {
    return this.#record.costOf(spent)
  }

  soFar(spent: Spent): ReturnType<LaneRecord['soFar']> {
    return this.#record.soFar(spent)
  }

  used(spent: Spent): void {
    if (!this.hasLost) return this.#record.used(spent, this.#attempt)
    if (!this.#hasReported) this.#record.usedInRace(spent, this.#attempt)
    this.#hasReported = true
  }

  settle(outcome: 'ok' | ErrorCode, spent?: Spent, error?: GatewayError): void {
    if (this.#state === 'won') return this.#record.settle(outcome, spent, error)
    // The client has left both of them: the last one settles the call.
    if (this.isRunning && !this.#race.hasOther) {
      this.#record.decidedBy(this.#attempt)
      return this.#record.settle(outcome, spent, error)
    }
    if (spent) this.used(spent)
    if (this.isRunning && outcome !== 'ok') this.failed(outcome)
  }

  #wins(): boolean {
    if (this.isRunning) {
      this.#state = 'won'
      this.#record.decidedBy(this.#attempt)
      this.#race.won()
    }
    return this.#state === 'won'
  }
}
