/** What is remembered of a call: one line when it is over. */
import type { MemoryAccount, MemoryHold } from '#access'
import type { ErrorCode, GatewayError, Usage } from '#model'
import type { OddEnding } from '#protocols'
import type { Log } from '#telemetry'
import { estimateTokens } from '#usage'
import type { GatewayCall } from './call.ts'
import { toHeaderValue } from './header-value.ts'
import type { Lane } from './lane.ts'

export interface CallRecord {
  /** What the client asked for, once that is known. */
  asked(model: string): void
  /** `provider/model` is being tried. */
  attempt(target: string): void
  /** The lane that was taken, and the language in which the target is asked. */
  lane(kind: Lane['kind'], protocol: string): void
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

/** What the upstream told, and what was seen pass for where it did not. */
export interface Spent {
  readonly usage: { readonly [field in keyof Usage]?: Usage[field] | undefined }
  readonly outputCharacters: number
  /** How the answer ended, where that is not known to be good. */
  readonly ending?: OddEnding | undefined
}

/** Of a call, what its line tells. */
export type RecordedCall = Pick<GatewayCall, 'requestId' | 'caller' | 'route' | 'body'>

export const createCallRecord = (
  log: Log,
  memory: MemoryAccount,
  call: RecordedCall,
): CallRecord => {
  const startedAt = performance.now()
  let firstByteAt: number | undefined
  let attempts = 0
  let model: string | undefined
  let target: string | undefined
  let protocol: string | undefined
  let relayed = false
  let settled = false
  const held: Pick<MemoryHold, 'release'>[] = []

  return {
    asked(name) {
      model = name
    },
    attempt(name) {
      attempts++
      target = name
      protocol = undefined
      relayed = false
    },
    lane(kind, name) {
      protocol = name
      relayed = kind === 'relay'
    },
    get relayed() {
      return relayed
    },
    get ageMs() {
      return performance.now() - startedAt
    },
    firstByte() {
      firstByteAt ??= performance.now()
    },
    headers() {
      const headers = ['x-sluice-attempts', String(attempts)]
      if (model !== undefined) headers.push('x-sluice-model', toHeaderValue(model))
      if (target !== undefined) headers.push('x-sluice-target', toHeaderValue(target))
      if (protocol !== undefined) headers.push('x-sluice-protocol', protocol)
      return headers
    },
    hold: (bytes) => memory.hold(call.caller, bytes),
    holds(hold) {
      if (settled) hold.release()
      else held.push(hold)
    },
    settle(outcome, spent, error) {
      if (settled) return
      settled = true
      for (const hold of held) hold.release()
      const usage = spent && toUsage(spent, call.body.length)
      log.info(
        {
          requestId: call.requestId,
          caller: call.caller.id,
          route: call.route,
          model,
          target,
          tokensIn: usage?.inputTokens ?? 0,
          tokensOut: usage?.outputTokens ?? 0,
          tokensCached: usage?.cacheReadTokens ?? 0,
          estimated: usage?.estimated ?? false,
          firstByteMs: firstByteAt === undefined ? undefined : toMs(firstByteAt - startedAt),
          durationMs: toMs(performance.now() - startedAt),
          attempts,
          outcome: outcome === 'ok' ? (spent?.ending?.code ?? outcome) : outcome,
          ending: spent?.ending?.word,
          status: error?.status,
        },
        'call',
      )
    },
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
