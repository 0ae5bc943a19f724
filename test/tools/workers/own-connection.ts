/** A call on a connection of its own, so that each may reach another worker. */
import { Agent, type IncomingMessage, request } from 'node:http'

export interface OwnCall {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Rejects if the connection breaks before the end. */
  readonly text: Promise<string>
}

interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object
  /** One that keeps connections. */
  readonly agent?: Agent
}

/** Resolves with the head of the answer. */
export const ask = (url: string, { method, headers, body, agent }: Asking = {}): Promise<OwnCall> =>
  new Promise((resolve, reject) => {
    const text = body && JSON.stringify(body)
    const sent = request(
      url,
      {
        agent: agent ?? new Agent(),
        method: method ?? (body ? 'POST' : 'GET'),
        headers: { ...(text && { 'content-type': 'application/json' }), ...headers },
      },
      (response) => {
        const { statusCode: status = 0 } = response
        const read = readAll(response)
        read.catch(() => undefined)
        resolve({ status, headers: response.headers, text: read })
      },
    )
    sent.once('error', reject)
    sent.end(text)
  })

const readAll = async (response: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const piece of response) text += String(piece)
  return text
}
