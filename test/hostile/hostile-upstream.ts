/** A server without manners: what it sends is up to the script of the model that is asked for. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface Visit {
  /** One character per byte. */
  readonly head: string
  readonly path: string
  readonly body: string
  readonly streamed: boolean
  readonly socket: Socket
  /** Resolves when there is room again. False: the client has left. */
  write(bytes: string | Buffer): Promise<boolean>
}

type Script = (visit: Visit) => Promise<unknown>

export interface HostileUpstream {
  readonly url: string
  play(model: string, script: Script): void
  /** Hangs up on everybody, and forgets what was to be played. */
  reset(): void
  close(): Promise<void>
}

const HEAD_END = '\r\n\r\n'
const MODEL_IN_BODY = /"model" *: *"(?:[^"/]*\/)?([^"]+)"/
const MODEL_IN_PATH = /\/models\/([^/:]+):/

const NOTHING = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'

export const startHostileUpstream = async (): Promise<HostileUpstream> => {
  const scripts = new Map<string, Script>()
  const sockets = new Set<Socket>()

  const answer = async (socket: Socket, head: string, body: string) => {
    const [, path = '/'] = head.split(' ', 2)
    const model = (MODEL_IN_PATH.exec(path) ?? MODEL_IN_BODY.exec(body))?.[1] ?? ''
    const script = scripts.get(model)
    if (!script) return socket.end(NOTHING)
    const write = (bytes: string | Buffer) => writeTo(socket, bytes)
    const streamed = /"stream" *: *true/.test(body) || path.includes('stream')
    return script({ head, path, body, streamed, socket, write })
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A reset shows as a close.
    socket.on('error', () => undefined)
    const pieces: Buffer[] = []
    let bytes = 0
    let wanted = Infinity
    let bodyStart = 0
    socket.on('data', (piece) => {
      pieces.push(piece)
      bytes += piece.length
      if (wanted === Infinity) {
        const received = Buffer.concat(pieces)
        const headEnd = received.indexOf(HEAD_END)
        if (headEnd < 0) return
        bodyStart = headEnd + HEAD_END.length
        const length = /\r\ncontent-length: *(\d+)/i.exec(received.toString('latin1', 0, headEnd))
        wanted = bodyStart + Number(length?.[1] ?? 0)
      }
      if (bytes < wanted) return
      wanted = Infinity
      const request = Buffer.concat(pieces.splice(0)).toString('latin1')
      bytes = 0
      answer(socket, request.slice(0, bodyStart), request.slice(bodyStart)).catch(() =>
        socket.destroy(),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const reset = () => {
    scripts.clear()
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play: (model, script) => void scripts.set(model, script),
    reset,
    async close() {
      const closed = once(server, 'close')
      server.close()
      reset()
      await closed
    },
  }
}

const writeTo = (socket: Socket, bytes: string | Buffer): Promise<boolean> => {
  if (socket.destroyed) return Promise.resolve(false)
  if (socket.write(bytes, 'latin1')) return Promise.resolve(true)
  return new Promise((resolve) => {
    const settle = (isOpen: boolean) => {
      socket.off('drain', drained)
      socket.off('close', closed)
      resolve(isOpen)
    }
    const drained = () => settle(true)
    const closed = () => settle(false)
    socket.once('drain', drained)
    socket.once('close', closed)
  })
}
