/** A server that accepts every WebSocket, for tests of what is done with one. */
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { closeLater } from '../../app/house.ts'

/** @returns its URL. */
export const acceptSockets = async (
  opened: (webSocket: WebSocket, socket: Socket) => void,
): Promise<string> => {
  const accept = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  const server = createServer()
  server.on('upgrade', (request, socket: Socket, head) =>
    accept.handleUpgrade(request, socket, head, (webSocket) => opened(webSocket, socket)),
  )
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  closeLater({
    close: () =>
      new Promise<void>((resolve) => {
        for (const client of accept.clients) client.terminate()
        server.close(() => resolve())
      }),
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
