/** An upstream that answers each POST as a test says, and remembers what it was asked. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { listenForTest } from '../app/house.ts'

export interface PlainCall {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly body: Record<string, unknown>
}

export const plainUpstream = async (
  answer: (call: PlainCall, response: ServerResponse, count: number) => void,
): Promise<{ readonly url: string; readonly calls: readonly PlainCall[] }> => {
  const calls: PlainCall[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      if (request.method !== 'POST')
        return void response.writeHead(200).end('{"object":"list","data":[]}')
      const text = Buffer.concat(chunks).toString()
      const body = JSON.parse(text) as Record<string, unknown>
      const call = { url: request.url ?? '', headers: request.headers, text, body }
      calls.push(call)
      answer(call, response, calls.length)
    })
  })
  return { url: await listenForTest(server), calls }
}

export const answerJson = (response: ServerResponse, body: object, status = 200): void =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
