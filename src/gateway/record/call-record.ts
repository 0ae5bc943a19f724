/** What is remembered of a call: one line when it is over. */
import type { MemoryAccount, MemoryHold } from '#access'
import type { ErrorCode, GatewayError, Usage } from '#model'
import type { Log } from '#telemetry'
import { estimateTokens } from '#usage'
import type { GatewayCall } from '../call.ts'
import { toHeaderValue } from './header-value.ts'
import type { Spent } from './spent.ts'

export interface CallRecord {
  /** What the client asked for, once that is known. */
  asked(model: string): void
  /** `provider/model` is being tried. */
  attempt(target: string): void
  /** The lane that was taken, and the language in which the target is asked. */
  lane(kind: 'relay' | 'translate', protocol: string): void
  /** What the upstream says last, it says in the client's protocol. */
  readonly relayed: boolean
  /** How long the call has been under way. */
  readonly ageMs: number
  firstByte(): void
  /** For the answer's headers, names and values in turn. */
  headers(): readonly string[]
  /** For what is held of its answer, counted for its caller. @throws GatewayError `at_capacity` */
  hold(bytes: number): MemoryHold
  /** Released when the call is over. */
  holds(memory: Pick<MemoryHold, 'release'>): void
  /** Once; later calls change nothing. */
  settle(outcome: 'ok' | 'client_left' | ErrorCode, spent?: Spent, error?: GatewayError): void
}

/** Of a call, what its line tells. */
export type RecordedCall = Pick<GatewayCall, 'requestId' | 'caller' | 'route' | 'body'>

export const createCallRecord = (log: Log, memory: MemoryAccount, call: RecordedCall): CallRecord =>
  new RunningRecord(log, memory, call)

/** Every call has one: a class costs a tenth of what closures and getters of their own would. */
class RunningRecord implements CallRecord {
  readonly #log: Log
  readonly #memory: MemoryAccount
  /** Its line says how long the body was. The body itself may be gone long before. */
  readonly #call: Omit<RecordedCall, 'body'> & { readonly requestBytes: number }
  readonly #startedAt = performance.now()
  #firstByteAt: number | undefined
  #attempts = 0
  #model: string | undefined
  #target: string | undefined
  #protocol: string | undefined
  #relayed = false
  #settled = false
  #held: Pick<MemoryHold, 'release'>[] | undefined

  constructor(log: Log, memory: MemoryAccount, call: RecordedCall) {
    const { requestId, caller, route, body } = call
    this.#log = log
    this.#memory = memory
    this.#call = { requestId, caller, route, requestBytes: body.length }
  }

  asked(name: string): void {
    this.#model = name
  }

  attempt(name: string): void {
    this.#attempts++
    this.#target = name
    this.#protocol = undefined
    this.#relayed = false
  }

  lane(kind: 'relay' | 'translate', name: string): void {
    this.#protocol = name
    this.#relayed = kind === 'relay'
  }

  get relayed(): boolean {
    return this.#relayed
  }

  get ageMs(): number {
    return performance.now() - this.#startedAt
  }

  firstByte(): void {
    this.#firstByteAt ??= performance.now()
  }

  headers(): readonly string[] {
    const headers = ['x-sluice-attempts', String(this.#attempts)]
    if (this.#model !== undefined) headers.push('x-sluice-model', toHeaderValue(this.#model))
    if (this.#target !== undefined) headers.push('x-sluice-target', toHeaderValue(this.#target))
    if (this.#protocol !== undefined) headers.push('x-sluice-protocol', this.#protocol)
    return headers
  }

  hold(bytes: number): MemoryHold {
    return this.#memory.hold(this.#call.caller, bytes)
  }

  holds(hold: Pick<MemoryHold, 'release'>): void {
    if (this.#settled) hold.release()
    else (this.#held ??= []).push(hold)
  }

  settle(outcome: 'ok' | 'client_left' | ErrorCode, spent?: Spent, error?: GatewayError): void {
    if (this.#settled) return
    this.#settled = true
    for (const hold of this.#held ?? []) hold.release()
    const { requestId, caller, route, requestBytes } = this.#call
    const usage = spent && toUsage(spent, requestBytes)
    const firstByteAt = this.#firstByteAt
    this.#log.info(
      {
        requestId,
        caller: caller.id,
        route,
        model: this.#model,
        target: this.#target,
        tokensIn: usage?.inputTokens ?? 0,
        tokensOut: usage?.outputTokens ?? 0,
        tokensCached: usage?.cacheReadTokens ?? 0,
        estimated: usage?.estimated ?? false,
        firstByteMs: firstByteAt === undefined ? undefined : toMs(firstByteAt - this.#startedAt),
        durationMs: toMs(performance.now() - this.#startedAt),
        attempts: this.#attempts,
        outcome: outcome === 'ok' ? (spent?.ending?.code ?? outcome) : outcome,
        ending: spent?.ending?.word,
        status: error?.status,
      },
      'call',
    )
  }
}

const toMs = (milliseconds: number): number => Math.round(milliseconds * 10) / 10

const toUsage = ({ usage, outputCharacters }: Spent, requestBytes: number): Usage => {
  const { inputTokens, outputTokens } = usage
  return {
    inputTokens: inputTokens ?? estimateTokens(requestBytes),
    cacheReadTokens: usage.cacheReadTokens ?? 0,
    cacheWriteTokens: usage.cacheWriteTokens ?? 0,
    // An answer that is under way has been told no output, or less than there is.
    outputTokens: outputTokens ?? estimateTokens(outputCharacters),
    reasoningTokens: usage.reasoningTokens ?? 0,
    estimated: usage.estimated ?? (inputTokens === undefined || outputTokens === undefined),
  }
}
