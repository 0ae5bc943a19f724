/** Several keys for one provider, which take turns. One that is refused or limited rests, and the others carry on. */
import { type GatewayError, isKeyRefused } from '#model'

export interface PooledKey {
  /** Alternating names and values. */
  readonly headers: readonly string[]
  /** Lets the key rest if the failure is about the key. */
  failed(error: GatewayError): void
}

export interface KeyPool {
  readonly size: number
  /** How long it takes until a key is awake. 0: one is. */
  readonly wakesInMs: number
  /** The next key that is awake, or if all rest, the one that wakes first. */
  take(): PooledKey
}

export interface KeyPoolOptions {
  /** The headers of each key. */
  readonly keys: readonly (readonly string[])[]
  readonly now?: () => number
  readonly onRest?: ((rest: KeyRest) => void) | undefined
}

export interface KeyRest {
  /** From 1. A key itself is never shown. */
  readonly position: number
  readonly reason: 'refused' | 'limited'
  readonly restMs: number
}

/** A key that was refused may be unlocked or paid for. */
const REFUSED_KEY_RESTS_MS = 60_000
/** A limit that does not say when to return may be about one large request. */
const LIMITED_KEY_RESTS_MS = 1_000
/** Longer rests are cut, since nobody would notice that the vendor has changed its mind. */
const MAX_KEY_REST_MS = 3_600_000

/** Whether another key may help. */
export const isAboutKey = (error: GatewayError): boolean =>
  isKeyRefused(error) || error.code === 'upstream_rate_limited'

export const createKeyPool = ({
  keys,
  now = () => performance.now(),
  onRest,
}: KeyPoolOptions): KeyPool => {
  const restsUntil = keys.map(() => 0)
  let next = 0

  const rest = (at: number, error: GatewayError): void => {
    const isRefused = isKeyRefused(error)
    const untold = isRefused ? REFUSED_KEY_RESTS_MS : LIMITED_KEY_RESTS_MS
    const restMs = Math.min(error.retryAfterMs ?? untold, MAX_KEY_REST_MS)
    restsUntil[at] = Math.max(restsUntil[at] ?? 0, now() + restMs)
    onRest?.({ position: at + 1, reason: isRefused ? 'refused' : 'limited', restMs })
  }

  const pooled = keys.map((headers, at): PooledKey => ({
    headers,
    failed(error) {
      if (isAboutKey(error)) rest(at, error)
    },
  }))

  const findAwake = (): number => {
    const nowMs = now()
    for (let step = 0; step < keys.length; step++) {
      const at = (next + step) % keys.length
      if ((restsUntil[at] ?? 0) <= nowMs) return at
    }
    return restsUntil.indexOf(Math.min(...restsUntil))
  }

  return {
    size: keys.length,
    get wakesInMs() {
      return Math.max(0, Math.min(...restsUntil) - now())
    },
    take() {
      const at = findAwake()
      next = (at + 1) % keys.length
      const key = pooled[at]
      if (!key) throw new TypeError('a pool has keys')
      return key
    },
  }
}
