/** Sends a text by POST, and reads no more of the answer than its status. */
import { headerOf } from '#streams'
import { exchangeText } from './exchange-text.ts'
import type { Transport } from '../transport.ts'

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
export const postText = async (
  transport: Transport,
  { headers, body, ...rest }: PostedText,
): Promise<PostAnswer> => {
  const { status, rawHeaders } = await exchangeText(transport, {
    ...rest,
    method: 'POST',
    headers: Object.entries(headers).flat(),
    body: [Buffer.from(body)],
    maxBytes: MAX_UNREAD_BYTES,
  })
  return { status, retryAfterMs: toMilliseconds(headerOf(rawHeaders, 'retry-after')) }
}

const toMilliseconds = (seconds: string | undefined): number | undefined =>
  seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined
