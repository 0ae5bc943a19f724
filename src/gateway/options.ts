/** The parts of a gateway. */
import type { Access, Admission, MemoryAccount } from '#access'
import type { Meter, Pricer, Settler, Tracer } from '#model'
import type { Catalogue, Provider } from '#providers'
import type { Capabilities, Router, Traffic } from '#router'
import type { Log, Redact } from '#telemetry'
import type { TokenCounter } from '#usage'
import type { CacheOptions } from './cache/call-cache.ts'
import type { Continuity } from './continuity.ts'
import type { CallState } from './state.ts'
import type { SharedChecks } from './targets/checks.ts'
import type { RetryOptions } from './targets/retry.ts'

export interface GatewayOptions {
  readonly providers: readonly Provider[]
  /** The same, and the servers that were found on this machine. */
  readonly listed: readonly Provider[]
  readonly access: Access
  readonly state: CallState
  /** The account of everything held for callers. */
  readonly memory: MemoryAccount
  /** Limits the calls of callers. Undefined: nothing is limited. */
  readonly admission?: Admission | undefined
  /** Undefined: nothing is cached. */
  readonly cache?: CacheOptions | undefined
  readonly router: Router
  readonly traffic: Traffic
  /** Health checks are shared with other processes. */
  readonly shared: SharedChecks
  readonly capabilities: Capabilities
  readonly catalogue: Catalogue
  readonly counter: TokenCounter
  readonly log: Log
  readonly continuity: Continuity
  /** Called when a call begins. Its end is its settlement. */
  readonly onBegin?: () => void
  /** Called with the settlement of every call. */
  readonly settlers: readonly Settler[]
  /** Measures calls while they run. Undefined: nobody reads it. */
  readonly meter?: Meter | undefined
  /** Follows calls while they run. Undefined: nobody reads traces. */
  readonly tracer?: Tracer | undefined
  /** The cost of a call, for its settlement. */
  readonly price: Pricer
  /** Removes configured keys from the texts of upstreams. */
  readonly redact: Redact
  readonly retry: RetryOptions
  /** The key of the hashes of conversations. Undefined: every call is balanced by itself. */
  readonly conversationSecret?: string | undefined
  /** How deep a body's JSON may be nested. */
  readonly maxDepth: number
  /** After how long a silent stream is opened. */
  readonly openAfterMs: number
}
