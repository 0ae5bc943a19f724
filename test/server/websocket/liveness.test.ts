/** A peer that vanished is found out; one that is there is left alone. */
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { watchLiveness } from '../../../src/server/websocket/liveness.ts'
import { closeLater } from '../../app/house.ts'
import { within } from '../../app/within.ts'
import { openClient } from './open-client.ts'

const PING_MS = 50

const startServer = async (): Promise<string> => {
  const accept = new WebSocketServer({ noServer: true })
  const server = createServer()
  server.on('upgrade', (request, socket: Socket, head) =>
    accept.handleUpgrade(request, socket, head, (webSocket) =>
      watchLiveness(webSocket, socket, PING_MS),
    ),
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

it('breaks with a peer that answers no ping', async () => {
  const client = await openClient(await startServer(), '/', { autoPong: false })
  expect(await within(5_000, 'the close', client.closed)).toBe(1006)
})

it('keeps one that answers, and one that only speaks', async () => {
  const url = await startServer()
  const quiet = await openClient(url, '/')
  const talking = await openClient(url, '/', { autoPong: false })
  const timer = setInterval(() => talking.send('{}'), 10)
  let pings = 0
  const pinged = new Promise<void>((resolve) => {
    quiet.socket.on('ping', () => {
      if (++pings === 6) resolve()
    })
  })
  await within(5_000, 'six pings', pinged)
  clearInterval(timer)
  expect(quiet.socket.readyState).toBe(quiet.socket.OPEN)
  expect(talking.socket.readyState).toBe(talking.socket.OPEN)
})
