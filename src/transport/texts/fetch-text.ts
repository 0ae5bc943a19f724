/** Fetches a small text, within a deadline and up to a size. */
import { fromByteString } from '#streams'
import { exchangeText } from './exchange-text.ts'
import type { Transport } from '../transport.ts'

export interface FetchBounds {
  readonly withinMs: number
  readonly maxBytes: number
}

/** Rejects for any status but 200. Redirects are not followed. */
export const fetchText = async (
  transport: Transport,
  url: string,
  bounds: FetchBounds,
): Promise<string> => {
  const headers = ['accept', 'application/json']
  const answer = await exchangeText(transport, { url, method: 'GET', headers, ...bounds })
  const { status, text, isComplete } = answer
  const { origin } = new URL(url)
  if (!isComplete) throw new Error(`${origin} answered with more than ${bounds.maxBytes} bytes`)
  if (status !== 200) throw new Error(`${origin} answered with the status ${status}`)
  return fromByteString(text)
}
