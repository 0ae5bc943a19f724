/** Which providers can be used, judged by the calls that went to them, and by health checks where there are any. */
import { type ErrorCode, type GatewayError, isKeyRefused } from '#model'
import type { Provider } from '#providers'

export interface Health {
  succeeded(provider: Provider): void
  failed(provider: Provider, error: GatewayError): void
  isUsable(provider: Provider): boolean
  /** Unknown: no call has reached it yet. */
  statusOf(provider: Provider): 'up' | 'down' | 'unknown'
}

const NO_ANSWER: ReadonlySet<ErrorCode> = new Set(['upstream_unreachable', 'upstream_timeout'])

/**
 * What a failure says about the provider, as opposed to the call. A provider that answers is up, whatever it answers:
 * otherwise the refused requests of one caller would make this instance unready for all others.
 */
const judge = (error: GatewayError): 'down' | 'up' | 'unknown' => {
  if (isKeyRefused(error)) return 'down'
  if (!error.upstream) return NO_ANSWER.has(error.code) ? 'down' : 'unknown'
  const isRefusal = error.upstream.status < 500 && error.code !== 'upstream_denied'
  return isRefusal ? 'up' : 'unknown'
}

/** Fewer failures may be chance. */
const FAILURES = 3
/** A provider without calls cannot prove itself, so it gets another chance after this time. */
const FORGIVEN_AFTER_MS = 30_000

export const createHealth = (now: () => number = () => performance.now()): Health => {
  const failures = new WeakMap<Provider, { count: number; lastAt: number }>()
  const reached = new WeakSet<Provider>()

  const succeeded = (provider: Provider): void => {
    reached.add(provider)
    failures.delete(provider)
  }

  const isUsable = (provider: Provider): boolean => {
    const failed = failures.get(provider)
    return !failed || failed.count < FAILURES || now() - failed.lastAt > FORGIVEN_AFTER_MS
  }

  return {
    succeeded,
    failed(provider, error) {
      const verdict = judge(error)
      if (verdict === 'up') succeeded(provider)
      if (verdict !== 'down') return
      const count = (failures.get(provider)?.count ?? 0) + 1
      failures.set(provider, { count, lastAt: now() })
    },
    isUsable,
    statusOf(provider) {
      if (!isUsable(provider)) return 'down'
      return reached.has(provider) ? 'up' : 'unknown'
    },
  }
}
