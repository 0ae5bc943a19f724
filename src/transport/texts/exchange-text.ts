/** One exchange of small texts, within a deadline and up to a size. */
import type { ByteString } from '#streams'
import type { Transport, TransportRequest, TransportResponse } from '../transport.ts'

interface TextRequest extends Pick<TransportRequest, 'method' | 'headers' | 'body'> {
  readonly url: string
  readonly withinMs: number
  /** The rest of a larger answer is not read. */
  readonly maxBytes: number
  readonly signal?: AbortSignal
}

interface TextAnswer extends TransportResponse {
  readonly text: ByteString
  readonly isComplete: boolean
}

/** Resolves whatever the status is. Rejects if no answer arrives in time. Redirects are not followed. */
export const exchangeText = (
  transport: Transport,
  { url, headers, withinMs, maxBytes, signal, ...request }: TextRequest,
): Promise<TextAnswer> =>
  new Promise((resolve, reject) => {
    const { origin, pathname, search } = new URL(url)
    let response: TransportResponse = { status: 0, rawHeaders: [] }
    let text: ByteString = ''
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
    const finish = (isComplete: boolean): void => {
      end()
      resolve({ ...response, text, isComplete })
    }
    const giveUp = (reason: string): void => {
      end()
      exchange.abort()
      reject(new Error(`${origin} ${reason}`))
    }
    const stop = () => giveUp('was not waited for')
    const exchange = transport.send(
      {
        ...request,
        origin,
        path: pathname + search,
        headers: [...headers, 'accept-encoding', 'identity'],
        connectTimeoutMs: withinMs,
      },
      {
        onResponse: (head) => void (response = head),
        onData(bytes) {
          text += bytes
          if (text.length <= maxBytes) return
          exchange.abort()
          finish(false)
        },
        onEnd: () => finish(true),
        onError(error) {
          end()
          reject(error)
        },
      },
    )
    // Only now: the transport may have thrown.
    const timer = setTimeout(() => giveUp('did not answer in time'), withinMs)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
