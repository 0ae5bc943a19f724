/** What one call came to: made once, when the call is over, for everyone who keeps account of calls. */
import type { ErrorCode } from '../error.ts'
import type { Usage } from '../usage.ts'

export interface Settlement {
  readonly requestId: string
  readonly callerId: string
  /** As the log has it: `POST /v1/messages`. */
  readonly route: string
  /** When the call ended, by the clock on the wall. */
  readonly endedAtMs: number
  /** What the client asked for, once that was known. */
  readonly model: string | undefined
  /** Where the last attempt went. */
  readonly target: SettledTarget | undefined
  /** How the last attempt got there, and the language in which the target was asked. */
  readonly lane: 'relay' | 'translate' | undefined
  readonly protocol: string | undefined
  readonly usage: Usage
  /** Since the call arrived. */
  readonly firstByteMs: number | undefined
  readonly durationMs: number
  readonly attempts: number
  readonly outcome: 'ok' | ErrorCode
  /** Of the failure. */
  readonly status: number | undefined
  /** The vendor's own word for the end of the answer, where that is not known to be good. */
  readonly ending: string | undefined
}

export interface SettledTarget {
  readonly provider: string
  readonly model: string
}

/** Is given the settlement of every call, in the call's own turn. Does not throw. */
export type Settler = (settlement: Settlement) => void
