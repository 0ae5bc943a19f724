/** Which providers can be used, as far as the calls that went there tell: nothing is asked of them for it. */
import type { ErrorCode, GatewayError } from '#model'
import type { Provider } from '#providers'

export interface Health {
  succeeded(provider: Provider): void
  failed(provider: Provider, error: GatewayError): void
  isUsable(provider: Provider): boolean
}

const NO_ANSWER: ReadonlySet<ErrorCode> = new Set(['upstream_unreachable', 'upstream_timeout'])

/** 403 may be about one model or one prompt, and 402 about one expensive request. */
const ABOUT_ONE_REQUEST = new Set([402, 403])

/** The configured key itself is refused, so every call would be. */
export const isKeyRefused = ({ code, status }: GatewayError): boolean =>
  code === 'upstream_denied' && !ABOUT_ONE_REQUEST.has(status)

/**
 * What a failure says of the provider, not of the call. A provider that answers is up, whatever it answers: else one
 * caller's refused requests would take the instance away from all the others.
 */
const judge = (error: GatewayError): 'down' | 'up' | 'unknown' => {
  if (isKeyRefused(error)) return 'down'
  if (!error.upstream) return NO_ANSWER.has(error.code) ? 'down' : 'unknown'
  const isRefusal = error.upstream.status < 500 && error.code !== 'upstream_denied'
  return isRefusal ? 'up' : 'unknown'
}

/** Fewer may be chance. */
const FAILURES = 3
/** Without calls nothing is learned, so after this it gets another chance. */
const FORGIVEN_AFTER_MS = 30_000

export const createHealth = (now: () => number = () => performance.now()): Health => {
  const failures = new Map<Provider, { count: number; lastAt: number }>()

  return {
    succeeded: (provider) => void failures.delete(provider),
    failed(provider, error) {
      const verdict = judge(error)
      if (verdict === 'up') failures.delete(provider)
      if (verdict !== 'down') return
      const count = (failures.get(provider)?.count ?? 0) + 1
      failures.set(provider, { count, lastAt: now() })
    },
    isUsable(provider) {
      const failed = failures.get(provider)
      return !failed || failed.count < FAILURES || now() - failed.lastAt > FORGIVEN_AFTER_MS
    },
  }
}
