/** What a store answers, or why it does not. */
import { GatewayError } from '#model'

const AGAIN_MS = 1_000

export const storeUnavailable = (cause?: unknown): GatewayError =>
  new GatewayError(
    'store_unavailable',
    'The sessions cannot be stored at the moment. Try again shortly.',
    { retryAfterMs: AGAIN_MS, cause },
  )

/** Its own words for what is wrong with a request remain. */
export const toStoreError = (thrown: unknown): GatewayError =>
  thrown instanceof GatewayError && thrown.code !== 'internal' ? thrown : storeUnavailable(thrown)

/** @throws GatewayError `store_unavailable` for everything that is nobody's mistake */
export const fromStore = async <Result>(asked: Promise<Result>): Promise<Result> => {
  try {
    return await asked
  } catch (thrown) {
    throw toStoreError(thrown)
  }
}
