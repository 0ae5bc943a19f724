/** The keys of a token's issuer, fetched from the configured address alone. */
import type { JSONWebKeySet, JWTVerifyGetKey, LocalJWKSet } from 'jose'
import { GatewayError } from '#model'
import type { FetchText } from './token-options.ts'

export interface KeySetOptions {
  readonly url: string
  readonly fetchText: FetchText
  /** In milliseconds, from any start. */
  readonly now?: () => number
}

/** The function finds the key of a token. */
export interface KeySet extends JWTVerifyGetKey {
  /** Another object when the keys have changed. Rejects with a GatewayError if they cannot be fetched. */
  current(): Promise<object>
}

const KEYS_FRESH_MS = 600_000
/** How long old keys count while the issuer cannot be reached. */
const KEYS_STALE_MS = 3_600_000
/** How often an unknown key may be asked for, however many tokens name one. */
const UNKNOWN_KEY_MS = 30_000
/** How often an issuer that does not answer is asked. */
const KEYS_RETRY_MS = 5_000
const KEYS_FETCH_MS = 5_000
const MAX_KEY_SET_BYTES = 256 * 1024

export const createKeySet = ({
  url,
  fetchText,
  now = () => performance.now(),
}: KeySetOptions): KeySet => {
  let known:
    | { readonly find: LocalJWKSet; readonly text: string; readonly fetchedAt: number }
    | undefined
  let triedAt = -Infinity
  let pending: Promise<LocalJWKSet> | undefined

  const fetchSet = async (): Promise<LocalJWKSet> => {
    const text = await fetchText(url, { withinMs: KEYS_FETCH_MS, maxBytes: MAX_KEY_SET_BYTES })
    const { createLocalJWKSet } = await import('jose')
    const find =
      known?.text === text ? known.find : createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
    known = { find, text, fetchedAt: now() }
    return find
  }

  /** All that wait share one request. */
  const refresh = (): Promise<LocalJWKSet> => {
    if (pending) return pending
    triedAt = now()
    pending = fetchSet().finally(() => (pending = undefined))
    return pending
  }

  const ageMs = (): number => (known ? now() - known.fetchedAt : Infinity)

  const current = async (): Promise<LocalJWKSet> => {
    if (known && ageMs() < KEYS_FRESH_MS) return known.find
    let cause: unknown
    if (pending || now() - triedAt >= KEYS_RETRY_MS)
      try {
        return await refresh()
      } catch (thrown) {
        cause = thrown
      }
    if (known && ageMs() < KEYS_STALE_MS) return known.find
    throw unreachable(cause)
  }

  const findKey: JWTVerifyGetKey = async (header, token) => {
    const find = await current()
    try {
      return await find(header, token)
    } catch (thrown) {
      const isUnknown = (thrown as { readonly code?: unknown }).code === 'ERR_JWKS_NO_MATCHING_KEY'
      if (!isUnknown || (!pending && now() - triedAt < UNKNOWN_KEY_MS)) throw thrown
    }
    const renewed = await refresh().catch((cause: unknown) => {
      throw unreachable(cause)
    })
    return renewed(header, token)
  }
  return Object.assign(findKey, { current })
}

/** The last key set of each way to fetch one. */
const last = new WeakMap<FetchText, { readonly url: string; readonly keys: KeySet }>()

/** A configuration that is loaded again goes on with the keys that are known, so the issuer need not answer then. */
export const keySetAt = (url: string, fetchText: FetchText): KeySet => {
  const known = last.get(fetchText)
  if (known?.url === url) return known.keys
  const keys = createKeySet({ url, fetchText })
  last.set(fetchText, { url, keys })
  return keys
}

const unreachable = (cause: unknown): GatewayError =>
  new GatewayError(
    'at_capacity',
    'The keys of the issuer of tokens cannot be fetched. Try again shortly.',
    { cause },
  )
