/** Sends a request that is no call of a client, and collects the answer. */
import { type ErrorCode, GatewayError } from '#model'
import type { ByteString } from '#streams'
import type { TransportFailure, TransportResponse } from '#transport'
import type { HttpProvider, ProviderCall } from '../provider.ts'

interface FetchedAnswer extends TransportResponse {
  readonly body: ByteString
}

interface FetchBounds {
  readonly signal: AbortSignal
  /** The rest of a larger answer is not read. */
  readonly maxBytes: number
}

const CODES: Readonly<Record<TransportFailure, ErrorCode>> = {
  connect_failed: 'upstream_unreachable',
  connect_timeout: 'upstream_timeout',
  closed: 'upstream_broken',
  invalid_response: 'upstream_invalid',
  invalid_coding: 'upstream_invalid',
  handler_threw: 'internal',
}

/** Resolves whatever the status is. Rejects with a GatewayError. */
export const fetchAnswer = (
  send: HttpProvider['send'],
  call: ProviderCall,
  { signal, maxBytes }: FetchBounds,
): Promise<FetchedAnswer> =>
  new Promise((resolve, reject) => {
    let response: TransportResponse = { status: 0, rawHeaders: [] }
    let body: ByteString = ''
    let isSentAgain = false

    const finish = (): void => {
      signal.removeEventListener('abort', abort)
      resolve({ ...response, body })
    }
    const fail = (error: GatewayError): void => {
      signal.removeEventListener('abort', abort)
      reject(error)
    }
    const begin = () =>
      send(call, {
        onResponse: (head) => void (response = head),
        onData(bytes) {
          body += bytes
          if (body.length <= maxBytes) return
          exchange.abort()
          finish()
        },
        onEnd: finish,
        onError(error) {
          // An idle connection was closed just as it was reused.
          if (error.staleConnection && !isSentAgain) {
            isSentAgain = true
            exchange = begin()
          } else
            fail(
              new GatewayError(CODES[error.failure], 'The provider did not answer.', {
                cause: error,
              }),
            )
        },
      })
    let exchange = begin()
    const abort = (): void => {
      exchange.abort()
      fail(new GatewayError('upstream_timeout', 'The provider did not answer in time.'))
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
