/** A separate listener for WebSockets only. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSockets } from '../web-sockets.ts'

const { createServer } = process.getBuiltinModule('node:http')

const BODY = JSON.stringify({
  error: {
    message: 'This port takes WebSockets only.',
    type: 'invalid_request_error',
    param: null,
    code: null,
  },
})

export const createWebSocketListener = (webSockets: WebSockets): Server => {
  const server = createServer({ highWaterMark: 16 * 1024 }, (request, response) => {
    request.resume()
    response.writeHead(426, {
      'content-type': 'application/json',
      'content-length': BODY.length,
      upgrade: 'websocket',
      connection: 'upgrade, close',
    })
    response.end(BODY)
  })
  server.on('upgrade', (request, socket: Socket, head: Buffer) =>
    webSockets.upgrade(request, socket, head),
  )
  return server
}
