/** Several keys for one provider, which take turns. One that is refused or limited rests, and the others carry on. */
import { createHmac } from 'node:crypto'
import { chanceOf, type Conversation, type GatewayError, isKeyRefused } from '#model'
import { MAX_REST_MS, restAsTold, UNTOLD_REST_MS } from './rest-times.ts'

export interface PooledKey {
  /** From 1. */
  readonly position: number
  /** The same in all processes, whose lists of keys may differ. The key cannot be found out from it. */
  readonly fingerprint: string
  /** Alternating names and values. */
  readonly headers: readonly string[]
  /** Lets the key rest if the failure is about the key. */
  failed(error: GatewayError): void
}

/** What decides which key a call uses, and which one it used last. */
export interface KeyChoice {
  /** All calls of it use one key. */
  readonly conversation: Conversation | undefined
  /** The fingerprint of the key that has what the call refers to. */
  readonly wantedKey: string | undefined
  /** Receives the fingerprint of the key. An object of its own, which does not hold the call. */
  readonly used: { key: string | undefined }
}

export interface KeyPool {
  readonly size: number
  /** How long it takes until a key is awake. 0: one is. */
  readonly wakesInMs: number
  /** For how long each key rests, in the order of the configuration. 0: it is awake. */
  readonly restsMs: readonly number[]
  /**
   * A key that is awake, or if all rest, the one that wakes first.
   *
   * @param choice Absent, or without a conversation: the keys take turns.
   */
  take(choice?: KeyChoice): PooledKey
  /** Adds one that is called when a key begins to rest. Of many refusals at once, one is told. */
  onRest(listener: (rest: KeyRest) => void): void
  /** Lets a key rest as another process has found out. It is not told again. */
  rest(fingerprint: string, ms: number): void
}

export interface KeyPoolOptions {
  readonly keys: readonly OwnKey[]
  readonly now?: () => number
}

interface OwnKey {
  readonly secret: string
  /** Alternating names and values. */
  readonly headers: readonly string[]
}

export interface KeyRest {
  /** From 1. A key itself is never shown. */
  readonly position: number
  /** The same in all processes, whose lists of keys may differ. The key cannot be found out from it. */
  readonly fingerprint: string
  readonly reason: 'refused' | 'limited'
  readonly restMs: number
}

/** A key that was refused may be unlocked or paid for. */
const REFUSED_KEY_RESTS_MS = 60_000

/** Whether another key may help. */
export const isAboutKey = (error: GatewayError): boolean =>
  isKeyRefused(error) || error.code === 'upstream_rate_limited'

export const createKeyPool = ({ keys, now = () => performance.now() }: KeyPoolOptions): KeyPool => {
  const restsUntil = keys.map(() => 0)
  const listeners: ((rest: KeyRest) => void)[] = []
  let next = 0

  const fail = (at: number, error: GatewayError): void => {
    const isRefused = isKeyRefused(error)
    const restMs = restAsTold(error, isRefused ? REFUSED_KEY_RESTS_MS : UNTOLD_REST_MS)
    const before = restsUntil[at] ?? 0
    const until = now() + restMs
    if (until <= before) return
    restsUntil[at] = until
    // Many calls that are refused at once are one piece of news.
    if (until - before <= restMs / 10) return
    const reason = isRefused ? 'refused' : 'limited'
    const fingerprint = pooled[at]?.fingerprint ?? ''
    for (const listener of listeners) listener({ position: at + 1, fingerprint, reason, restMs })
  }

  const pooled = keys.map(({ secret, headers }, at): PooledKey => ({
    position: at + 1,
    fingerprint: fingerprintOf(secret),
    headers,
    failed(error) {
      if (isAboutKey(error)) fail(at, error)
    },
  }))

  const isAwake = (at: number, nowMs: number): boolean => (restsUntil[at] ?? 0) <= nowMs

  const findAwake = (): number => {
    const nowMs = now()
    for (let step = 0; step < keys.length; step++) {
      const at = (next + step) % keys.length
      if (isAwake(at, nowMs)) return at
    }
    return restsUntil.indexOf(Math.min(...restsUntil))
  }

  /** If a key rests, only its own conversations use other keys, and come back to it. */
  const findKept = ({ conversation, wantedKey }: KeyChoice): number | undefined => {
    const nowMs = now()
    const wanted = pooled.findIndex(({ fingerprint }) => fingerprint === wantedKey)
    if (wanted !== -1 && isAwake(wanted, nowMs)) return wanted
    if (!conversation) return undefined
    let found: number | undefined
    let most = -1
    for (const [at, { fingerprint }] of pooled.entries()) {
      const chance = isAwake(at, nowMs) ? chanceOf(conversation, fingerprint) : -1
      if (chance > most) [found, most] = [at, chance]
    }
    return found
  }

  return {
    size: keys.length,
    get wakesInMs() {
      return Math.max(0, Math.min(...restsUntil) - now())
    },
    get restsMs() {
      return restsUntil.map((until) => Math.max(0, until - now()))
    },
    take(choice) {
      const kept = choice && findKept(choice)
      const at = kept ?? findAwake()
      if (kept === undefined) next = (at + 1) % keys.length
      const key = pooled[at]
      if (!key) throw new TypeError('a pool has keys')
      if (choice) choice.used.key = key.fingerprint
      return key
    },
    onRest: (listener) => void listeners.push(listener),
    rest(fingerprint, ms) {
      const until = now() + Math.min(ms, MAX_REST_MS)
      // The same key may be in the list twice.
      for (const [at, own] of pooled.entries())
        if (own.fingerprint === fingerprint) restsUntil[at] = Math.max(restsUntil[at] ?? 0, until)
    },
  }
}

/** Short, so that a guess at a key cannot be confirmed by it beyond doubt. */
const fingerprintOf = (secret: string): string =>
  createHmac('sha256', secret).update('sluice key of a pool').digest('hex').slice(0, 12)
