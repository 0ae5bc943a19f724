/** Refuses a WebSocket upgrade with an answer in plain HTTP. */
import type { Socket } from 'node:net'
import { type ByteString, filterHeaders, toHeaderLines } from '#streams'

const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** How long a client may take to close the connection after the answer. */
const LINGER_MS = 2_000

export interface Refusal {
  readonly status: number
  /** Alternating names and values. */
  readonly headers: readonly string[]
  /** JSON. */
  readonly body: ByteString
}

export const refuseUpgrade = (socket: Socket, { status, headers, body }: Refusal): void => {
  const all = [
    ...filterHeaders(headers, (name) => name !== 'content-type'),
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
    'connection',
    'close',
  ]
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`, ...toHeaderLines(all)]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1')
  // Discard the rest, so that a half-open connection is not held for ever by a client that does not close it.
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  socket.once('close', () => clearTimeout(timer))
}
