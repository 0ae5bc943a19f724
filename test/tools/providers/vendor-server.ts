/** A temporary server that records its requests, and answers as scripted. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Asked {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
}

export interface VendorServer {
  readonly url: string
  readonly port: number
  readonly asked: Asked[]
  close(): Promise<void>
}

type Answer = (asked: Asked) => {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Undefined: it takes the request, and never answers. */
export const startVendorServer = async (answer: Answer | undefined): Promise<VendorServer> => {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (bytes: Buffer) => (text += bytes.toString()))
    request.on('end', () => {
      const { method, url: path, headers } = request
      const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>
      asked.push({ method, path, headers, body })
      if (!answer) return
      const {
        status = 200,
        headers: more = {},
        body: reply,
      } = answer({
        method,
        path,
        headers,
        body,
      })
      response.writeHead(status, { 'content-type': 'application/json', ...more })
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A complete answer of a chat model. */
export const chatAnswer = (message: Record<string, unknown> = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'some-model',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello.', ...message },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
})
