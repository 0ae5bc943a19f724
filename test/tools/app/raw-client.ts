/** A client that writes the bytes of a test, reads on demand, and leaves at any time. */
import { connect, type Socket } from 'node:net'

export interface RawClient {
  readonly socket: Socket
  write(bytes: string | Buffer): void
  /** Everything received so far, one character per byte. */
  readonly received: () => string
  /** Resolves with what was received, as soon as it holds `text`. Rejects where the connection closes first. */
  until(text: string | RegExp): Promise<string>
  /** Resolves with everything received, once the connection is closed. */
  readonly closed: Promise<string>
}

export const openRawClient = async (
  url: string,
  options: { readonly reads?: boolean; readonly localAddress?: string } = {},
): Promise<RawClient> => {
  const { hostname, port } = new URL(url)
  const { localAddress } = options
  const socket = connect({
    host: hostname,
    port: Number(port),
    allowHalfOpen: true,
    ...(localAddress === undefined ? {} : { localAddress }),
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  let received = ''
  const waiting = new Set<() => void>()
  if (options.reads ?? true)
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1')
      for (const look of waiting) look()
    })
  // A reset shows as a close.
  socket.on('error', () => undefined)
  socket.once('end', () => socket.end())
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(received))
  })

  return {
    socket,
    closed,
    received: () => received,
    write: (bytes) => void socket.write(bytes, 'latin1'),
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof text === 'string' ? !received.includes(text) : !text.test(received)) return
          waiting.delete(look)
          resolve(received)
        }
        waiting.add(look)
        look()
        void closed.then(() =>
          reject(new Error(`closed before ${text}: ${received.slice(0, 400)}`)),
        )
      }),
  }
}

/** A request as the shortest client would write it. */
export const toRequest = (
  path: string,
  body: object | string | Buffer,
  headers: readonly string[] = [],
): Buffer => {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: localhost',
    'content-type: application/json',
    `content-length: ${bytes.length}`,
    ...headers,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), bytes])
}
