/** The result of one call: made once, when the call ends, for everything that keeps account of calls. */
import type { ErrorCode } from '../error.ts'
import { NO_USAGE, type Usage } from '../usage.ts'

export interface Settlement {
  /** Given by whoever may have to settle the call again: a call with an id is in the ledger once. */
  readonly id?: string | undefined
  readonly requestId: string
  /** The `x-request-id` of the answer, if its upstream gave it another one. */
  readonly answerId?: string | undefined
  readonly callerId: string
  /** The name of the caller's key, and its owner. */
  readonly callerName?: string | undefined
  readonly owner?: string | undefined
  /** The name in the log: `POST /v1/messages`. */
  readonly route: string
  /** When the call ended, in Unix time. */
  readonly endedAtMs: number
  /** The model name that the client asked for, if it was read. */
  readonly model: string | undefined
  /** The target of the last attempt. */
  readonly target: SettledTarget | undefined
  /** The lane of the last attempt, and the protocol of its target. */
  readonly lane: 'relay' | 'translate' | undefined
  readonly protocol: string | undefined
  /** What all attempts used, of which the client may have received only the last one. */
  readonly usage: Usage
  /** The tokens in it of an attempt that another one outran. The limits of callers do not count these. */
  readonly outrunTokens?: number | undefined
  /** Nothing was generated: the usage is what was counted for the client, and nobody is billed for it. */
  readonly isFree?: boolean
  /** In US dollars, of all attempts, each at the price of its target. Null if one of these is not known. */
  readonly cost: number | null
  /** Measured from the arrival of the call. */
  readonly firstByteMs: number | undefined
  readonly durationMs: number
  /** The part of the time to the first byte in which no upstream had the call. Absent if none was asked and answered. */
  readonly overheadMs?: number | undefined
  readonly attempts: number
  /** Those that failed before the answer began, in order. One that another attempt outran is `cancelled`. */
  readonly failedAttempts?: readonly FailedAttempt[] | undefined
  readonly outcome: 'ok' | ErrorCode
  /** The status of the failure, if there is one. */
  readonly status: number | undefined
  /** The caller's own words for the call, separated by commas. */
  readonly tags?: string | undefined
  /** The vendor's own word for how the answer ended, if it may not have ended well. */
  readonly ending: string | undefined
  /** Absent if there is no cache. */
  readonly cache?: CacheUse | undefined
  /**
   * What the same answer cost when it was generated, if the cache answered. 0 if the call did not end well. Null if no price
   * was known.
   */
  readonly saved?: number | null | undefined
  /** What the answer says of itself, as far as it was read. */
  readonly answer?: AnswerFacts | undefined
}

/** What an answer says of itself. */
export interface AnswerFacts {
  readonly id?: string | undefined
  /** The model that answered, as the upstream names it. */
  readonly model?: string | undefined
  /** Why each of its choices ended: a finish reason, or the vendor's own word if it is none of ours. */
  readonly reasons?: readonly string[] | undefined
}

/** What the cache did for a call: it answered, it did not have the answer, or it was not asked. */
export type CacheUse = 'hit' | 'miss' | 'bypass'

export interface SettledTarget {
  readonly provider: string
  readonly model: string
}

export interface FailedAttempt {
  readonly target: SettledTarget
  readonly code: ErrorCode
}

/** What a call has used and cost, and at which target. */
export type Settled = Pick<Settlement, 'target' | 'usage' | 'cost' | 'isFree'>

/** What models have used: what was counted for a client was read by none. */
export const usageOf = ({ isFree = false, usage }: Pick<Settlement, 'isFree' | 'usage'>): Usage =>
  isFree ? NO_USAGE : usage

/** Receives the settlement of every call, synchronously. Must not throw. */
export type Settler = (settlement: Settlement) => void
