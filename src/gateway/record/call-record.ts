/** Collects the facts of a call, from which its settlement is made when it ends. */
import type { MemoryAccount, MemoryHold, Pass } from '#access'
import {
  addCosts,
  addUsage,
  type ErrorCode,
  type GatewayError,
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
import { toHeaderValue } from './header-value.ts'
import { type Spent, toUsage } from './spent.ts'

export interface CallRecord {
  /** Notes the model that the client asked for. */
  asked(model: string): void
  /** Notes the caller's own words for the call, separated by commas. */
  tagged(tags: string | undefined): void
  /** Notes an attempt at a model of a provider. */
  attempt(provider: string, model: string): void
  /** Notes the lane, and the protocol of the target. */
  lane(kind: 'relay' | 'translate', protocol: string): void
  /** Whether the last attempt was relayed, so that the upstream speaks the client's protocol. */
  readonly relayed: boolean
  /** The time since the call began. */
  readonly ageMs: number
  firstByte(): void
  /** Notes what a relayed answer has in place of our own request id. */
  answered(headers: readonly string[]): void
  /** The same of a refusal, whose headers a client of a socket is sent, too. */
  refused(headers: readonly string[]): void
  /** Notes that the client is sent our own request id, whatever its upstream answers. */
  keepsOwnId(): void
  /** Headers for the answer, as alternating names and values. */
  headers(): readonly string[]
  /** Headers with the cost of a call that has been settled, if its cost is known. */
  costHeaders(): readonly string[]
  /** Holds memory for the answer, on the account of the caller. @throws GatewayError `at_capacity` */
  hold(bytes: number): MemoryHold
  /** The cost of a call that has been settled, if a price is known. */
  readonly cost: number | null
  /** The cost of what a stream has used so far, if a price is known. */
  costOf(spent: Spent): number | null
  /** Notes what the last attempt used, although the client does not receive its answer. */
  used(spent: Spent): void
  /** Nothing will be generated: what the call settles was only counted. */
  costsNothing(): void
  /** Sets who is called with the cost of the call, once it is settled. */
  tellCost(onCost: GatewayCall['onCost']): void
  /** Takes over a hold, which is released when the call ends. */
  holds(memory: Pick<MemoryHold, 'release'>): void
  /** Takes over the pass of the call, which is settled with it. @throws GatewayError if it was refused. */
  admitted(pass: Pass, dialect: ProtocolName): void
  /** Whether limits of this gateway are counted for the call. */
  readonly limited: boolean
  /** Sets what this call reports of its cost. An earlier call may have reported it already. */
  reports(toReport: ToReport): void
  /** Ends the record. Later calls have no effect. */
  settle(outcome: 'ok' | ErrorCode, spent?: Spent, error?: GatewayError): void
}

export type ToReport = (spent: Spent | undefined) => Spent

/** The parts of a record that an attempt needs. */
export type AttemptRecord = Pick<
  CallRecord,
  'ageMs' | 'costOf' | 'firstByte' | 'answered' | 'hold' | 'settle' | 'used'
>

/** The parts that the choice of a lane needs besides. */
export type LaneRecord = AttemptRecord & Pick<CallRecord, 'lane'>

/** The parts of a call that its settlement contains. */
export type RecordedCall = Pick<GatewayCall, 'requestId' | 'caller' | 'route' | 'body' | 'inFrames'>

export const createCallRecord = (
  settlers: readonly Settler[],
  memory: MemoryAccount,
  call: RecordedCall,
  price: Pricer = unpriced,
): CallRecord => new RunningRecord(settlers, memory, call, price)

const unpriced: Pricer = () => null

/** Every call has one of these: a class costs a tenth of separate closures and getters. */
class RunningRecord implements CallRecord {
  readonly #settlers: readonly Settler[]
  readonly #memory: MemoryAccount
  readonly #price: Pricer
  /** Keeps only the length of the body, to estimate usage. The body itself may be freed long before. */
  readonly #call: Omit<RecordedCall, 'body'> & { readonly requestBytes: number }
  readonly #startedAt = performance.now()
  #firstByteAt: number | undefined
  #attempts = 0
  #model: string | undefined
  #tags: string | undefined
  #answerId: string | undefined
  #hasOwnId = false
  #target: SettledTarget | undefined
  #lane: Settlement['lane']
  #protocol: string | undefined
  #toReport: ToReport | undefined
  #onCost: GatewayCall['onCost']
  /** What attempts used whose answers the client does not receive. */
  #earlier: Used | undefined
  #isFree = false
  #pass: Pass | undefined
  /** The dialect of the client. */
  #dialect: ProtocolName = 'openai-chat'
  #settled = false
  #settlement: Settlement | undefined
  #held: Pick<MemoryHold, 'release'>[] | undefined

  constructor(
    settlers: readonly Settler[],
    memory: MemoryAccount,
    call: RecordedCall,
    price: Pricer,
  ) {
    const { requestId, caller, route, body, inFrames = false } = call
    this.#settlers = settlers
    this.#memory = memory
    this.#price = price
    this.#call = { requestId, caller, route, inFrames, requestBytes: body.length }
  }

  asked(name: string): void {
    this.#model = name
  }

  tagged(tags: string | undefined): void {
    this.#tags = tags
  }

  attempt(provider: string, model: string): void {
    this.#attempts++
    this.#target = { provider, model }
    this.#lane = this.#protocol = undefined
  }

  lane(kind: 'relay' | 'translate', name: string): void {
    this.#lane = kind
    this.#protocol = name
  }

  get relayed(): boolean {
    return this.#lane === 'relay'
  }

  get ageMs(): number {
    return performance.now() - this.#startedAt
  }

  firstByte(): void {
    this.#firstByteAt ??= performance.now()
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

  headers(): readonly string[] {
    const headers = ['x-sluice-attempts', String(this.#attempts)]
    const target = this.#target
    if (this.#model !== undefined) headers.push('x-sluice-model', toHeaderValue(this.#model))
    if (target !== undefined)
      headers.push('x-sluice-target', toHeaderValue(`${target.provider}/${target.model}`))
    if (this.#protocol !== undefined) headers.push('x-sluice-protocol', this.#protocol)
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
    return this.#memory.hold(this.#call.caller, bytes)
  }

  costOf(spent: Spent): number | null {
    return this.#withEarlier(toUsage(spent, this.#call.requestBytes), Date.now()).cost
  }

  used(spent: Spent): void {
    // To count tokens or to read an earlier answer costs nothing, however often it is tried.
    if (this.#settled || this.#isFree || this.#toReport) return
    this.#earlier = this.#withEarlier(toUsage(spent, this.#call.requestBytes), Date.now())
  }

  costsNothing(): void {
    this.#isFree = true
  }

  tellCost(onCost: GatewayCall['onCost']): void {
    this.#onCost = onCost
  }

  holds(hold: Pick<MemoryHold, 'release'>): void {
    if (this.#settled) hold.release()
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

  reports(toReport: ToReport): void {
    this.#toReport = toReport
  }

  settle(outcome: 'ok' | ErrorCode, spent?: Spent, error?: GatewayError): void {
    if (this.#settled) return
    this.#settled = true
    for (const hold of this.#held ?? []) hold.release()
    const reported = this.#toReport ? this.#toReport(spent) : spent
    const settlement = this.#toSettlement(outcome, reported, error)
    this.#settlement = settlement
    this.#pass?.settle(settlement)
    for (const settler of this.#settlers) settler(settlement)
    this.#onCost?.(settlement.cost)
  }

  #toSettlement(
    outcome: 'ok' | ErrorCode,
    spent: Spent | undefined,
    error: GatewayError | undefined,
  ): Settlement {
    const { requestId, caller, route, requestBytes } = this.#call
    const ending = spent?.ending
    const firstByteAt = this.#firstByteAt
    const endedAtMs = Date.now()
    const { usage, cost } = spent
      ? this.#withEarlier(toUsage(spent, requestBytes), endedAtMs)
      : (this.#earlier ?? NOTHING_USED)
    return {
      requestId,
      answerId: this.#answerId,
      callerId: caller.id,
      callerName: caller.name,
      owner: caller.owner,
      route,
      endedAtMs,
      model: this.#model,
      target: this.#target,
      lane: this.#lane,
      protocol: this.#protocol,
      usage,
      isFree: this.#isFree,
      cost: this.#isFree ? 0 : cost,
      firstByteMs: firstByteAt === undefined ? undefined : firstByteAt - this.#startedAt,
      durationMs: performance.now() - this.#startedAt,
      attempts: this.#attempts,
      outcome: outcome === 'ok' ? (ending?.code ?? outcome) : outcome,
      status: error?.status,
      tags: this.#tags,
      ending: ending?.word,
    }
  }

  #withEarlier(usage: Usage, atMs: number): Used {
    const cost = this.#costOf(usage, atMs)
    const earlier = this.#earlier
    if (!earlier) return { usage, cost }
    return { usage: addUsage(earlier.usage, usage), cost: addCosts(earlier.cost, cost) }
  }

  #costOf(usage: Usage, atMs: number): number | null {
    // A call that failed before it used anything costs nothing, whatever its price would be.
    if (usage.inputTokens === 0 && usage.outputTokens === 0) return 0
    return this.#target ? this.#price(this.#target, usage, atMs) : null
  }
}

interface Used {
  readonly usage: Usage
  readonly cost: number | null
}

const NOTHING_USED: Used = { usage: NO_USAGE, cost: 0 }

const NO_HEADERS: readonly string[] = []

const toCostHeaders = ({ cost, usage }: Settlement): readonly string[] => {
  if (cost === null) return NO_HEADERS
  const header = ['x-sluice-cost', toDecimal(cost)]
  return usage.estimated ? [...header, 'x-sluice-cost-estimated', 'true'] : header
}
