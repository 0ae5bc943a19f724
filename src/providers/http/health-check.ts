/** Asks a provider whether it answers, with a request that costs no tokens. */
import { GatewayError, isKeyRefused } from '#model'
import type { Protocol } from '#protocols'
import { fromByteString } from '#streams'
import type { HealthCheck, HttpProvider } from '../provider.ts'
import { fetchAnswer } from './fetch-answer.ts'
import type { KeyPool } from './key-pool.ts'

export interface HealthCheckOptions {
  /** About how often it is asked. */
  readonly everyMs: number
  readonly timeoutMs: number
  /** Below its base URL. Absent: its list of models. */
  readonly path?: string
}

export const DEFAULT_HEALTH_CHECK: HealthCheckOptions = { everyMs: 30_000, timeoutMs: 5_000 }

interface Asked {
  readonly send: HttpProvider['send']
  readonly path: string
  readonly headers: readonly string[]
  readonly keys: KeyPool | undefined
  readonly decodeError: Protocol['decodeError']
}

/** Nobody reads more of the answer to a check. */
const MAX_CHECK_BYTES = 256 * 1024

export const createHealthCheck = (
  { everyMs, timeoutMs }: HealthCheckOptions,
  { send, path, headers, keys, decodeError }: Asked,
): HealthCheck => {
  const askOnce = async (stopped: AbortSignal): Promise<void> => {
    const key = keys?.take()
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)])
    const call = { method: 'GET', path, headers, key } as const
    const answer = await fetchAnswer(send, call, { signal, maxBytes: MAX_CHECK_BYTES })
    if (answer.status >= 200 && answer.status < 300) return
    const error = decodeError({ ...answer, body: fromByteString(answer.body) })
    // A limit of this path says nothing about calls: no key rests for it.
    if (isKeyRefused(error)) key?.failed(error)
    throw error
  }

  return {
    everyMs,
    async ask(signal) {
      for (let asked = 1; ; asked++) {
        try {
          return await askOnce(signal)
        } catch (thrown) {
          // The provider is not ill while another of its keys is accepted.
          const isKeys = thrown instanceof GatewayError && isKeyRefused(thrown)
          if (!keys || !isKeys || asked >= keys.size || keys.wakesInMs > 0) throw thrown
        }
      }
    },
  }
}
