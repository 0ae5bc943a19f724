/** What a process depends on, as it is known without asking. */

import type { ErrorCode } from '#model'

export interface Backends {
  readonly ledger: LedgerState | undefined
  readonly live: LiveState
  readonly providers: readonly ProviderState[]
  readonly memory: { readonly heldBytes: number; readonly limitBytes: number }
}

export interface LedgerState {
  readonly store: 'sqlite' | 'postgres'
  readonly isWell: boolean
  readonly waitingRows: number
}

export interface LiveState {
  readonly store: 'memory' | 'redis'
  readonly isWell: boolean
}

export interface ProviderState {
  readonly name: string
  /** Unknown: it has not been asked yet. */
  readonly status: 'up' | 'down' | 'unknown'
  /** Present if it is asked from time to time. */
  readonly check?: ProviderCheck
}

export interface ProviderCheck {
  /** Of the last one. Unknown: there was none yet, or its answer shows nothing. */
  readonly status: 'up' | 'down' | 'unknown'
  readonly atMs?: number
  /** What its answer was, if it did not succeed. */
  readonly code?: ErrorCode
}
