/** Sends one request over a connection of its own, with exactly the headers a test names. */
import { type Agent, type IncomingMessage, request as httpRequest } from 'node:http'

export interface Sending {
  readonly method?: string
  /** Undefined: not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** An object is sent as JSON. */
  readonly body?: object | string | Buffer
  /** Leaves, whatever has come by then. */
  readonly signal?: AbortSignal
  /** Keeps connections open, for tests of many calls. */
  readonly agent?: Agent
}

export interface Received {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly bytes: Buffer
  readonly text: string
  /** The body as JSON; an empty object where it is none. */
  readonly json: Record<string, unknown>
  /** The connection broke before the answer was complete. */
  readonly broken: boolean
}

const toBytes = (body: Sending['body']): Buffer => {
  if (body === undefined) return Buffer.alloc(0)
  if (Buffer.isBuffer(body)) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

const toJson = (text: string): Record<string, unknown> => {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

const withoutUndefined = (headers: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )

export const send = (url: string, path: string, sending: Sending = {}): Promise<Received> =>
  new Promise((resolve, reject) => {
    const { body, headers = {}, signal, agent = false } = sending
    const { method = body === undefined ? 'GET' : 'POST' } = sending
    const { hostname, port } = new URL(url)
    const bytes = toBytes(body)
    const request = httpRequest(
      {
        host: hostname,
        port,
        path,
        method,
        agent,
        ...(signal && { signal }),
        headers: withoutUndefined({
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': String(bytes.length) }),
          ...headers,
        }),
      },
      (response) => {
        const chunks: Buffer[] = []
        const finish = (broken: boolean) => {
          const received = Buffer.concat(chunks)
          const text = received.toString()
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            rawHeaders: response.rawHeaders,
            bytes: received,
            text,
            json: toJson(text),
            broken,
          })
        }
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('end', () => finish(false))
        response.once('error', () => finish(true))
      },
    )
    request.once('error', reject)
    request.end(bytes)
  })
