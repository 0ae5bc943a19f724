/** Collects the facts of a call, from which its settlement is made when it ends. */
import type { MemoryAccount, MemoryHold, Pass } from '#access'
import {
  addCosts,
  addUsage,
  type CacheUse,
  type CallTrace,
  type ContentTrace,
  type ErrorCode,
  type FailedAttempt,
  type GatewayError,
  type Meter,
  NO_USAGE,
  type Pricer,
  type ProtocolName,
  type Settlement,
  type SettledTarget,
  type Settler,
  toDecimal,
  type Usage,
} from '#model'
import { headerOf } from '#streams'
import type { GatewayCall } from '../call.ts'
import type {
  AnsweringAttempt,
  CallRecord,
  OnSettled,
  RecordedAttempt,
  RecordedCall,
  Served,
  ToReport,
} from './call-record.ts'
import { toHeaderValue } from './header-value.ts'
import { type Spent, toUsage } from './spent.ts'
import { StreamPace } from './stream-pace.ts'

/** What all records share. */
export interface RecordMeans {
  readonly settlers: readonly Settler[]
  readonly memory: MemoryAccount
  /** Absent: no price is known. */
  readonly price?: Pricer | undefined
  readonly meter?: Meter | undefined
}

export const createCallRecord = (
  means: RecordMeans,
  call: RecordedCall,
  trace?: CallTrace,
): CallRecord => new RunningRecord(means, call, trace)

/** Every call has one of these: a class costs a tenth of separate closures and getters. */
class RunningRecord implements CallRecord {
  readonly #means: RecordMeans
  /** Keeps only the length of the body, to estimate usage. The body itself may be freed long before. */
  readonly #call: Omit<RecordedCall, 'body' | 'asked'> & { readonly requestBytes: number }
  readonly #trace: CallTrace | undefined
  readonly #startedAt = performance.now()
  #sentAt: number | undefined
  #receivedAt: number | undefined
  #firstByteAt: number | undefined
  #isStream = false
  #attempts = 0
  #failedAttempts: FailedAttempt[] | undefined
  #model: string | undefined
  #tags: string | undefined
  #answerId: string | undefined
  #hasOwnId = false
  /** The last one, or the one that decides. */
  #attempt: RecordedAttempt | undefined
  #toReport: ToReport | undefined
  #onCost: GatewayCall['onCost']
  #onSettlement: GatewayCall['onSettlement']
  /** What attempts used whose answers the client does not receive. */
  #earlier: Used | undefined
  #isFree = false
  #pass: Pass | undefined
  /** The dialect of the client. */
  #dialect: ProtocolName = 'openai-chat'
  #settlement: Settlement | undefined
  #held: Pick<MemoryHold, 'release'>[] | undefined
  #answering: AnsweringAttempt | undefined
  #cache: { readonly use: CacheUse; readonly saved: number | null | undefined } | undefined
  #left: ErrorCode | undefined
  /** How the answer ended, whoever was there to read it. */
  #ended: Settlement['outcome'] | undefined
  #onSettled: OnSettled | undefined

  constructor(means: RecordMeans, call: RecordedCall, trace: CallTrace | undefined) {
    const { id, requestId, caller, route, body, asked, inFrames = false } = call
    means.meter?.begin()
    this.#means = means
    this.#trace = trace
    const requestBytes = asked?.bytes ?? body.length
    this.#call = { id, requestId, caller, route, inFrames, requestBytes }
  }

  asked(name: string, stream = false): void {
    this.#model = name
    this.#trace?.asked(name, stream)
  }

  tagged(tags: string | undefined): void {
    this.#tags = tags
  }

  attempt(provider: string, model: string): RecordedAttempt {
    this.#attempts++
    const target = { provider, model }
    const trace = this.#trace?.attempt(target)
    return (this.#attempt = { target, lane: undefined, protocol: undefined, trace })
  }

  traced(headers: readonly string[], attempt = this.#attempt): readonly string[] {
    return attempt?.trace ? [...headers, ...attempt.trace.headers()] : headers
  }

  get content(): ContentTrace | undefined {
    return this.#attempt?.trace?.content
  }

  attemptFailed(code: ErrorCode, status?: number, attempt = this.#attempt): void {
    if (!attempt || this.#settlement) return
    ;(this.#failedAttempts ??= []).push({ target: attempt.target, code })
    attempt.trace?.failed(code, status)
  }

  decidedBy(attempt: RecordedAttempt): void {
    this.#attempt = attempt
    attempt.trace?.decides()
  }

  lane(kind: 'relay' | 'translate', name: string, attempt = this.#attempt): void {
    if (!attempt) return
    attempt.lane = kind
    attempt.protocol = name
    attempt.trace?.lane(kind, name)
  }

  get relayed(): boolean {
    return this.#attempt?.lane === 'relay'
  }

  get ageMs(): number {
    return performance.now() - this.#startedAt
  }

  sent(key?: number, attempt = this.#attempt): void {
    this.#sentAt ??= performance.now()
    attempt?.trace?.sent(key)
  }

  received(status?: number, attempt = this.#attempt): void {
    this.#receivedAt = performance.now()
    attempt?.trace?.received(status)
  }

  firstByte(): void {
    if (this.#firstByteAt !== undefined) return
    this.#firstByteAt = performance.now()
    this.#trace?.firstByte()
  }

  opened(): StreamPace | undefined {
    this.firstByte()
    if (!this.#means.meter || !this.#attempt || this.#settlement) return undefined
    this.#isStream = true
    return new StreamPace(this.#means.meter.open(this.#attempt.target.provider))
  }

  answered(headers: readonly string[]): void {
    if (!this.#call.inFrames) this.refused(headers)
  }

  refused(headers: readonly string[]): void {
    if (this.relayed && !this.#hasOwnId) this.#answerId = headerOf(headers, 'x-request-id')
  }

  keepsOwnId(): void {
    this.#hasOwnId = true
    this.#answerId = undefined
  }

  openedEarly(): void {
    this.keepsOwnId()
    this.#trace?.openedEarly()
  }

  headers(): readonly string[] {
    const headers = ['x-sluice-attempts', String(this.#attempts)]
    const { target, protocol } = this.#attempt ?? UNTRIED
    if (this.#model !== undefined) headers.push('x-sluice-model', toHeaderValue(this.#model))
    if (target !== undefined)
      headers.push('x-sluice-target', toHeaderValue(`${target.provider}/${target.model}`))
    if (protocol !== undefined) headers.push('x-sluice-protocol', protocol)
    if (this.#cache) headers.push('x-sluice-cache', this.#cache.use)
    if (this.#pass) headers.push(...this.#pass.headers(this.#dialect))
    return headers
  }

  costHeaders(): readonly string[] {
    return this.#settlement ? toCostHeaders(this.#settlement) : NO_HEADERS
  }

  get cost(): number | null {
    return this.#settlement?.cost ?? null
  }

  hold(bytes: number): MemoryHold {
    return this.#means.memory.hold(this.#call.caller, bytes)
  }

  costOf(spent: Spent): number | null {
    return this.soFar(spent).cost
  }

  soFar(spent: Spent): Pick<Settlement, 'usage' | 'cost'> {
    return this.#withEarlier(toUsage(spent, this.#call.requestBytes), Date.now())
  }

  used(spent: Spent, attempt = this.#attempt): void {
    // To count tokens or to read an earlier answer costs nothing, however often it is tried.
    if (this.#settlement || this.#isFree || this.#toReport) return
    const usage = toUsage(spent, this.#call.requestBytes)
    this.#earlier = this.#withEarlier(usage, Date.now(), attempt?.target)
  }

  usedInRace(spent: Spent, attempt: RecordedAttempt): void {
    const before = tokensOf(this.#earlier)
    this.used(spent, attempt)
    if (this.#earlier)
      this.#earlier = { ...this.#earlier, outrunTokens: tokensOf(this.#earlier) - before }
  }

  costsNothing(): void {
    this.#isFree = true
  }

  tellCost(onCost: GatewayCall['onCost']): void {
    this.#onCost = onCost
  }

  tellSettlement(onSettlement: GatewayCall['onSettlement']): void {
    this.#onSettlement = onSettlement
  }

  holds(hold: Pick<MemoryHold, 'release'>): void {
    if (this.#settlement) hold.release()
    else (this.#held ??= []).push(hold)
  }

  admitted(pass: Pass, dialect: ProtocolName): void {
    this.#pass = pass
    this.#dialect = dialect
    if (pass.refusal) throw pass.refusal
  }

  get limited(): boolean {
    return this.#pass !== undefined
  }

  answeredBy(attempt: AnsweringAttempt): void {
    // A short stream may have ended before anybody knew that it began.
    if (this.#ended) attempt.ended(this.#ended)
    else this.#answering = attempt
  }

  cached(use: CacheUse, earlier?: Served): void {
    this.#cache = { use, saved: use === 'hit' ? earlier?.cost : undefined }
    if (!earlier) return
    const { target, lane, protocol } = earlier
    this.#attempt = target && { target, lane, protocol, trace: undefined }
  }

  get served(): Served {
    const { target, lane, protocol } = this.#attempt ?? UNTRIED
    return { target, lane, protocol, cost: this.cost }
  }

  left(code: ErrorCode): void {
    this.#left = code
  }

  whenSettled(listener: OnSettled): void {
    this.#onSettled = listener
  }

  reports(toReport: ToReport): void {
    this.#toReport = toReport
  }

  settle(outcome: 'ok' | ErrorCode, spent?: Spent, error?: GatewayError): void {
    if (this.#settlement) return
    const reported = this.#toReport ? this.#toReport(spent) : spent
    const ended = outcome === 'ok' ? (reported?.ending?.code ?? outcome) : outcome
    this.#ended = ended
    const settlement = this.#toSettlement(this.#left ?? ended, reported, error)
    this.#settlement = settlement
    this.#means.meter?.end()
    if (this.#isStream) this.#means.meter?.close()
    for (const hold of this.#held ?? []) hold.release()
    this.#answering?.ended(ended)
    this.#pass?.settle(settlement)
    for (const settler of this.#means.settlers) settler(settlement)
    this.#trace?.settle(settlement)
    this.#onCost?.(settlement.cost)
    this.#onSettled?.(ended)
    this.#onSettlement?.(settlement, error)
  }

  #toSettlement(
    outcome: 'ok' | ErrorCode,
    spent: Spent | undefined,
    error: GatewayError | undefined,
  ): Settlement {
    const { id, requestId, caller, route, requestBytes } = this.#call
    const ending = spent?.ending
    const firstByteAt = this.#firstByteAt
    const { target, lane, protocol } = this.#attempt ?? UNTRIED
    const saved = this.#cache?.saved
    const endedAtMs = Date.now()
    const { usage, cost } = spent
      ? this.#withEarlier(toUsage(spent, requestBytes), endedAtMs)
      : (this.#earlier ?? NOTHING_USED)
    return {
      id,
      requestId,
      answerId: this.#answerId,
      callerId: caller.id,
      callerName: caller.name,
      owner: caller.owner,
      route,
      endedAtMs,
      model: this.#model,
      target,
      lane,
      protocol,
      usage,
      outrunTokens: this.#earlier?.outrunTokens,
      isFree: this.#isFree,
      cost: this.#isFree ? 0 : cost,
      firstByteMs: firstByteAt === undefined ? undefined : firstByteAt - this.#startedAt,
      durationMs: performance.now() - this.#startedAt,
      overheadMs: this.#overheadMs(),
      attempts: this.#attempts,
      failedAttempts: this.#failedAttempts,
      outcome,
      status: error?.status,
      tags: this.#tags,
      ending: ending?.word,
      cache: this.#cache?.use,
      // Without the cache, an answer that its client does not receive completely would have cost less.
      saved: saved === undefined || outcome === 'ok' ? saved : 0,
      answer: spent?.answer,
    }
  }

  #overheadMs(): number | undefined {
    const [sentAt, receivedAt, firstByteAt] = [this.#sentAt, this.#receivedAt, this.#firstByteAt]
    if (sentAt === undefined || receivedAt === undefined || firstByteAt === undefined)
      return undefined
    return sentAt - this.#startedAt + (firstByteAt - receivedAt)
  }

  #withEarlier(usage: Usage, atMs: number, target = this.#attempt?.target): Used {
    const cost = this.#costOf(usage, atMs, target)
    const earlier = this.#earlier
    if (!earlier) return { usage, cost }
    return {
      ...earlier,
      usage: addUsage(earlier.usage, usage),
      cost: addCosts(earlier.cost, cost),
    }
  }

  #costOf(usage: Usage, atMs: number, target: SettledTarget | undefined): number | null {
    // A call that failed before it used anything costs nothing, whatever its price would be.
    if (usage.inputTokens === 0 && usage.outputTokens === 0) return 0
    return (target && this.#means.price?.(target, usage, atMs)) ?? null
  }
}

interface Used {
  readonly usage: Usage
  readonly cost: number | null
  /** Those of an attempt that another one outran. There is one in a call at most. */
  readonly outrunTokens?: number
}

const UNTRIED = { target: undefined, lane: undefined, protocol: undefined }

const NOTHING_USED: Used = { usage: NO_USAGE, cost: 0 }

const tokensOf = (used: Used | undefined): number =>
  used ? used.usage.inputTokens + used.usage.outputTokens : 0

const NO_HEADERS: readonly string[] = []

const toCostHeaders = ({ cost, usage }: Settlement): readonly string[] => {
  if (cost === null) return NO_HEADERS
  const header = ['x-sluice-cost', toDecimal(cost)]
  return usage.estimated ? [...header, 'x-sluice-cost-estimated', 'true'] : header
}
