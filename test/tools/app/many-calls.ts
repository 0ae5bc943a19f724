/** A client that sends very many calls over connections that it keeps open. */
import { Agent, type IncomingMessage, request } from 'node:http'

export interface ManyCalls {
  /** Resolves with the head of the answer. A complete answer has been read by then. */
  ask(path: string, asking: Asking): Promise<Answered>
  close(): void
}

interface Asking {
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string | Buffer
  /** Whether the answer is one that does not end: it is left open. */
  readonly holds?: boolean
  readonly signal?: AbortSignal
}

interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
}

export const openManyCalls = (url: string): ManyCalls => {
  const agent = new Agent({ keepAlive: true })
  const { hostname, port } = new URL(url)
  return {
    ask: (path, { headers, body, holds = false, signal }) =>
      new Promise((resolve, reject) => {
        const length = Buffer.byteLength(body)
        const sent = request(
          {
            agent,
            host: hostname,
            port,
            path,
            method: 'POST',
            headers: { 'content-type': 'application/json', 'content-length': length, ...headers },
            ...(signal && { signal }),
          },
          (response) => {
            const { statusCode: status = 0 } = response
            const answered = { status, headers: response.headers }
            response.on('error', () => resolve(answered))
            response.resume()
            if (holds && status === 200) resolve(answered)
            else response.once('close', () => resolve(answered))
          },
        )
        sent.once('error', reject)
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}

/** Runs these many tasks, so many at a time. */
export const runMany = async (
  count: number,
  atOnce: number,
  task: (at: number) => Promise<void>,
): Promise<void> => {
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
