/** Which providers can be used, as far as the calls that went there tell: nothing is asked of them for it. */
import type { ErrorCode, GatewayError } from '#model'
import type { Provider } from '#providers'

export interface Health {
  succeeded(provider: Provider): void
  failed(provider: Provider, error: GatewayError): void
  isUsable(provider: Provider): boolean
}

/** What says that a provider, not a call, is at fault. */
const OF_THE_PROVIDER: ReadonlySet<ErrorCode> = new Set([
  'upstream_unreachable',
  'upstream_denied',
  'upstream_timeout',
])

/** Fewer may be chance. */
const FAILURES = 3
/** Without calls nothing is learned, so after this it gets another chance. */
const FORGIVEN_AFTER_MS = 30_000

export const createHealth = (now: () => number = () => performance.now()): Health => {
  const failures = new Map<Provider, { count: number; lastAt: number }>()

  return {
    succeeded: (provider) => void failures.delete(provider),
    failed(provider, { code }) {
      if (!OF_THE_PROVIDER.has(code)) return
      const count = (failures.get(provider)?.count ?? 0) + 1
      failures.set(provider, { count, lastAt: now() })
    },
    isUsable(provider) {
      const failed = failures.get(provider)
      return !failed || failed.count < FAILURES || now() - failed.lastAt > FORGIVEN_AFTER_MS
    },
  }
}
