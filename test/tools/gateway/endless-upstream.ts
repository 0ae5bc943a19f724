/** An upstream whose streams never end: it writes as fast as it is read, and counts. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const sse = (value: object): string => `data: ${JSON.stringify(value)}\n\n`

export interface EndlessUpstream {
  readonly url: string
  /** What the sockets took so far. */
  readonly bytesWritten: () => number
  /** Streams that somebody still listens to. */
  readonly open: () => number
  close(): Promise<void>
}

const START = sse({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'gpt-4o',
  choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
})

const WORD = sse({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'gpt-4o',
  choices: [{ index: 0, delta: { content: 'a word and a word. '.repeat(8) }, finish_reason: null }],
})
const WORDS = WORD.repeat(32)

export const startEndlessUpstream = async (): Promise<EndlessUpstream> => {
  let bytesWritten = 0
  let open = 0
  const writeOn = (response: ServerResponse): void => {
    do bytesWritten += WORDS.length
    while (response.write(WORDS, 'latin1'))
  }
  const server = createServer((request, response) => {
    open++
    response.once('close', () => open--)
    request.resume()
    request.once('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(START)
      response.on('drain', () => writeOn(response))
      writeOn(response)
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytesWritten: () => bytesWritten,
    open: () => open,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
