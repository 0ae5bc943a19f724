/** Sends a request on a new or a kept connection, and may leave at any point of it. */
import { Agent, request as httpRequest } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: object | string | Buffer
  /** Undefined: stays to the end. */
  readonly leaves?: Leaving
  /** On a connection of its own. */
  readonly alone?: boolean
}

export type Leaving =
  | { readonly at: 'upload' }
  | { readonly at: 'wait'; readonly afterMs: number }
  | { readonly at: 'stream' }

export interface Asked {
  /** 0 if no answer began. */
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The connection broke, from whichever side, before the answer was complete. */
  readonly broken: boolean
}

export interface Connections {
  readonly ask: (path: string, asking?: Asking) => Promise<Asked>
  /** Closes those that wait for the next request. */
  closeIdle(): void
}

const toBytes = (body: Asking['body']): Buffer => {
  if (body === undefined) return Buffer.alloc(0)
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

const MOST_KEPT = 64

export const openConnections = (url: string): Connections => {
  const { hostname, port } = new URL(url)
  const toAgent = () => new Agent({ keepAlive: true, maxFreeSockets: MOST_KEPT })
  let agent = toAgent()

  const ask = (path: string, asking: Asking = {}): Promise<Asked> => {
    const { body, method = body === undefined ? 'GET' : 'POST', leaves, alone } = asking
    const bytes = toBytes(body)
    const { promise, resolve } = Promise.withResolvers<Asked>()
    const request = httpRequest({
      host: hostname,
      port,
      path,
      method,
      agent: alone ? false : agent,
      headers: {
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': String(bytes.length),
        }),
        ...asking.headers,
      },
    })
    let hasBegun = false
    request.on('response', (response) => {
      hasBegun = true
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        if (leaves?.at === 'stream') request.destroy()
      })
      // A connection that breaks shows as a close.
      response.on('error', () => undefined)
      response.once('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(pieces).toString(),
          broken: !response.complete,
        }),
      )
    })
    request.on('error', () => undefined)
    request.once('close', () => {
      if (!hasBegun) resolve({ status: 0, headers: {}, text: '', broken: true })
    })
    if (leaves?.at === 'upload') {
      request.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => request.destroy())
      return promise
    }
    request.end(bytes)
    if (leaves?.at === 'wait') void sleep(leaves.afterMs).then(() => request.destroy())
    return promise
  }

  return {
    ask,
    closeIdle() {
      agent.destroy()
      agent = toAgent()
    },
  }
}
