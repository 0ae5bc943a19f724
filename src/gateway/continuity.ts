/** What the calls of a process share and have shown. It outlives the configuration with which a gateway was made. */
import { createLargeWork, type LargeWork } from './attempts/large-work.ts'
import type { Provider } from '#providers'
import type { ProviderCheck } from '#telemetry'
import { createHopGuard, type HopGuard } from './request/hop-guard.ts'
import { createHealth, type Health } from './targets/health.ts'

export interface Continuity {
  readonly health: Health
  readonly hops: HopGuard
  readonly large: LargeWork
  /** What the last health check of a provider has shown. */
  readonly checked: WeakMap<Provider, ProviderCheck>
}

export const createContinuity = (): Continuity => ({
  health: createHealth(),
  hops: createHopGuard(),
  large: createLargeWork(),
  checked: new WeakMap(),
})
