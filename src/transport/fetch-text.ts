/** Fetches a small text, within a deadline and up to a size. */
import { type ByteString, fromByteString } from '#streams'
import type { Transport } from './transport.ts'

export interface FetchBounds {
  readonly withinMs: number
  readonly maxBytes: number
}

/** Rejects for any status but 200. Redirects are not followed. */
export const fetchText = (
  transport: Transport,
  url: string,
  { withinMs, maxBytes }: FetchBounds,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const { origin, pathname, search } = new URL(url)
    let status = 0
    let text: ByteString = ''
    const fail = (reason: string): void => {
      clearTimeout(timer)
      exchange.abort()
      reject(new Error(`${origin} ${reason}`))
    }
    const exchange = transport.send(
      {
        origin,
        method: 'GET',
        path: pathname + search,
        headers: ['accept', 'application/json', 'accept-encoding', 'identity'],
        connectTimeoutMs: withinMs,
      },
      {
        onResponse(response) {
          ;({ status } = response)
        },
        onData(bytes) {
          text += bytes
          if (text.length > maxBytes) fail(`answered with more than ${maxBytes} bytes`)
        },
        onEnd() {
          clearTimeout(timer)
          if (status === 200) resolve(fromByteString(text))
          else reject(new Error(`${origin} answered with the status ${status}`))
        },
        onError(error) {
          clearTimeout(timer)
          reject(error)
        },
      },
    )
    // Only now: the transport may have thrown.
    const timer = setTimeout(() => fail('did not answer in time'), withinMs)
  })
