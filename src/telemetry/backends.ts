/** What a process depends on, as it is known without asking. */

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
}
