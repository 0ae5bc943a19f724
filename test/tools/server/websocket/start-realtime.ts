/** An upstream of realtime conversations over real sockets, which answers handshakes as a test says. */
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeLater } from '../../app/house.ts'

export interface RealtimeUpstream {
  readonly url: string
  readonly requests: IncomingMessage[]
  readonly sockets: WebSocket[]
  /** What came in, with whether it was binary. */
  readonly received: [Buffer, boolean][]
  /** Connections, whatever became of their handshakes. */
  openSockets(): number
  close(): Promise<void>
}

export type HandshakeAnswer =
  | { readonly status: number; readonly body?: string; readonly headers?: readonly string[] }
  | 'reset'
  | 'silence'
  /** A WebSocket, for somebody else's key. */
  | 'wrong key'
  | 'not HTTP'

interface RealtimeOptions {
  /** To the first handshakes; those after them are accepted. */
  readonly answers?: readonly HandshakeAnswer[]
  /** Of every handshake that is accepted. */
  readonly headers?: readonly string[]
  readonly tls?: { readonly key: string; readonly cert: string }
}

export const startRealtime = async ({
  answers = [],
  headers = [],
  tls,
}: RealtimeOptions = {}): Promise<RealtimeUpstream> => {
  const accept = new WebSocketServer({ noServer: true, maxPayload: 128 * 1024 * 1024 })
  accept.on('headers', (lines) => void lines.push(...headers))
  const queue = [...answers]
  const open = new Set<Socket>()
  const upstream: Pick<RealtimeUpstream, 'requests' | 'sockets' | 'received'> = {
    requests: [],
    sockets: [],
    received: [],
  }
  const server = tls ? createTlsServer(tls) : createServer()
  server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => open.delete(socket))
  })
  server.on('upgrade', (request, socket: Socket, head) => {
    upstream.requests.push(request)
    const answer = queue.shift()
    if (answer !== undefined) return answerHandshake(socket, answer)
    accept.handleUpgrade(request, socket, head, (webSocket) => {
      upstream.sockets.push(webSocket)
      webSocket.on('message', (data: Buffer, binary) => upstream.received.push([data, binary]))
      webSocket.on('error', () => undefined)
      // At once, as the vendor does.
      webSocket.send('{"type":"session.created"}')
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return closeLater({
    ...upstream,
    url: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    openSockets: () => open.size,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  })
}

const WRONG_KEY =
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: AAAA\r\n\r\n'

const answerHandshake = (socket: Socket, answer: HandshakeAnswer): void => {
  // Only who reads sees that the other side has left.
  socket.resume()
  socket.once('end', () => socket.destroy())
  if (answer === 'silence') return
  if (answer === 'reset') return void socket.resetAndDestroy()
  if (answer === 'wrong key') return void socket.write(WRONG_KEY)
  if (answer === 'not HTTP') return void socket.end('hello\r\n\r\n')
  const { status, headers = [], body = '{"error":{"message":"no, sir","type":"x"}}' } = answer
  const lines = [
    `HTTP/1.1 ${status} No`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
    ...headers,
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
