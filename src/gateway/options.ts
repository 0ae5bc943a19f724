/** What a gateway is made of. */
import type { Access, MemoryAccount } from '#access'
import type { Settler } from '#model'
import type { Catalogue, Provider } from '#providers'
import type { Router } from '#router'
import type { Log, Redact } from '#telemetry'
import type { TokenCounter } from '#usage'
import type { CallState } from './state.ts'
import type { RetryOptions } from './targets/retry.ts'

export interface GatewayOptions {
  readonly providers: readonly Provider[]
  readonly access: Access
  readonly state: CallState
  /** Of all that is held for callers. */
  readonly memory: MemoryAccount
  readonly router: Router
  readonly catalogue: Catalogue
  readonly counter: TokenCounter
  readonly log: Log
  /** Each is given what every call came to. */
  readonly settlers: readonly Settler[]
  /** Takes configured keys out of what upstreams say. */
  readonly redact: Redact
  readonly retry: RetryOptions
  /** How deep a body's JSON may be nested. */
  readonly maxDepth: number
  /** After how long a silent stream is opened. */
  readonly openAfterMs: number
}
