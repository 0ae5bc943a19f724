/** Sends a text by POST, and reads no more of the answer than its status. */
import { headerOf } from '#streams'
import type { Transport } from './transport.ts'

export interface PostedText {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly withinMs: number
  readonly signal: AbortSignal
}

export interface PostAnswer {
  readonly status: number
  readonly retryAfterMs: number | undefined
}

/** More of an answer than this is not waited for: the connection is closed. */
const MAX_UNREAD_BYTES = 64 * 1024

/** Rejects if no complete answer arrives in time. Redirects are not followed. */
export const postText = (
  transport: Transport,
  { url, headers, body, withinMs, signal }: PostedText,
): Promise<PostAnswer> =>
  new Promise((resolve, reject) => {
    const { origin, pathname, search } = new URL(url)
    let answer: PostAnswer | undefined
    let unread = 0
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
    const giveUp = (reason: string): void => {
      end()
      exchange.abort()
      reject(new Error(`${origin} ${reason}`))
    }
    const stop = () => giveUp('was not waited for')
    const exchange = transport.send(
      {
        origin,
        method: 'POST',
        path: pathname + search,
        headers: [...Object.entries(headers).flat(), 'accept-encoding', 'identity'],
        body: [Buffer.from(body)],
        connectTimeoutMs: withinMs,
      },
      {
        onResponse({ status, rawHeaders }) {
          answer = { status, retryAfterMs: toMilliseconds(headerOf(rawHeaders, 'retry-after')) }
        },
        onData(bytes) {
          unread += bytes.length
          if (unread <= MAX_UNREAD_BYTES || !answer) return
          end()
          exchange.abort()
          resolve(answer)
        },
        onEnd() {
          end()
          if (answer) resolve(answer)
        },
        onError(error) {
          end()
          reject(error)
        },
      },
    )
    // Only now: the transport may have thrown.
    const timer = setTimeout(() => giveUp('did not answer in time'), withinMs)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

const toMilliseconds = (seconds: string | undefined): number | undefined =>
  seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined
