/** Upstreams that fail in one way, whatever they are asked for. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Socket } from 'node:net'
import type { Identity } from '../../tools/transport/private-ca.ts'
import { closeLater, listenForTest, upstreamForTest } from '../../tools/app/house.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import type { Answer } from '../../tools/upstream/start.ts'

export interface FaultyUpstream {
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** How often the call with this mark arrived. Absent: no call can. */
  readonly count?: (mark: string) => number
}

/** What it does with a request that has arrived. `isStream`: a stream was asked for. */
export type Act = (response: ServerResponse, request: IncomingMessage, isStream: boolean) => void

const STREAM = /"stream":true|:streamGenerateContent/

export const failingUpstream = async (act: Act): Promise<FaultyUpstream> => {
  const received: string[] = []
  const server = createServer((request, response) => {
    let text = request.url ?? ''
    request.on('data', (bytes: Buffer) => (text += bytes.toString()))
    request.once('end', () => {
      received.push(text)
      act(response, request, STREAM.test(text))
    })
  })
  const url = await listenForTest(server)
  return { url, count: (mark) => received.filter((text) => text.includes(mark)).length }
}

/** A scripted vendor that answers every call in the same way. */
export const answeringUpstream = async (answer: Answer): Promise<FaultyUpstream> => {
  const upstream = await upstreamForTest({ reply: () => answer })
  return {
    url: upstream.url,
    count: (mark) => upstream.calls.filter(({ rawBody }) => rawBody.includes(mark)).length,
  }
}

export const nobody = async (): Promise<FaultyUpstream> => ({
  url: `http://127.0.0.1:${await freePort()}`,
})

/** A label may have 63 characters, so no server is asked for this name: one that is slow would be measured with us. */
export const nameless = async (): Promise<FaultyUpstream> => ({
  url: `http://${'u'.repeat(64)}.invalid`,
})

export const tlsUpstream = async (identity: Identity): Promise<FaultyUpstream> => {
  const answer: RequestListener = (_request, response) => void response.end('{}')
  const url = await listenForTest(createTlsServer(identity, answer) as unknown as Server)
  return { url: `https://localhost:${new URL(url).port}` }
}

/** Speaks HTTP at an address that should speak TLS. */
export const withoutTls = async (): Promise<FaultyUpstream> => {
  const url = await listenForTest(createServer((_request, response) => void response.end('{}')))
  return { url: url.replace('http:', 'https:') }
}

/** Accepts connections and says nothing, so no handshake ends. */
export const muteUpstream = async (): Promise<FaultyUpstream> => {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closeLater({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `https://127.0.0.1:${port}` }
}
