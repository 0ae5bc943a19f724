/** A peer that vanished is found out; one that is there is left alone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { watchLiveness } from '../../../src/server/websocket/liveness.ts'
import { eventually, within } from '../../tools/app/within.ts'
import { OPCODES, toFrame } from '../../fuzz/socket-frames.ts'
import { acceptSockets } from '../../tools/server/websocket/accept-sockets.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { openRawSocket } from '../../tools/server/websocket/raw-socket.ts'

const PING_MS = 50

const startServer = (opened?: (webSocket: WebSocket) => void, pingMs = PING_MS): Promise<string> =>
  acceptSockets((webSocket, socket) => {
    watchLiveness(webSocket, socket, pingMs)
    opened?.(webSocket)
  })

it('breaks with a peer that answers no ping', async () => {
  const client = await openClient(await startServer(), '/', { autoPong: false })
  expect(await within(30_000, 'the close', client.closed)).toBe(1006)
})

it('waits for as many pings as it is told to', async () => {
  const opened = performance.now()
  const url = await acceptSockets((webSocket, socket) => watchLiveness(webSocket, socket, 100, 2))
  const client = await openClient(url, '/', { autoPong: false })
  let pings = 0
  client.socket.on('ping', () => pings++)
  expect(await within(30_000, 'the close', client.closed)).toBe(1006)
  expect(pings).toBe(2)
  expect(performance.now() - opened).toBeGreaterThan(290)
})

it('keeps one that answers pings, and one that only sends', async () => {
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
  await within(30_000, 'six pings', pinged)
  clearInterval(timer)
  expect(quiet.socket.readyState).toBe(quiet.socket.OPEN)
  expect(talking.socket.readyState).toBe(talking.socket.OPEN)
})

/** Writes to the server as it likes, and answers no ping. */
const openSilent = async (url: string) => {
  const client = await openRawSocket(url, '/')
  const text = toFrame(OPCODES.text, Buffer.from(`"${'x'.repeat(500)}"`))
  return { ...client, text }
}

it('waits for a frame that arrives slowly', async () => {
  const { socket, write, text } = await openSilent(await startServer())
  for (let at = 0; at < text.length; at += 100) {
    write(text.subarray(at, at + 100))
    await sleep(PING_MS)
  }
  expect(socket.closed).toBe(false)
})

it('does not wait for ever for a frame that does not end', async () => {
  const { socket, write, text, closed } = await openSilent(await startServer())
  let at = 0
  const timer = setInterval(() => {
    if (at < text.length - 1) write(text.subarray(at, ++at))
  }, PING_MS / 2)
  await within(30_000, 'the connection ends', closed)
  clearInterval(timer)
  expect(socket.closed).toBe(true)
  expect(at).toBeLessThan(text.length - 1)
})

it('does not wait forever for a client that reads nothing', async () => {
  const sent = Promise.withResolvers<WebSocket>()
  const url = await startServer(sent.resolve)
  const client = await openClient(url, '/')
  client.socket.pause()
  const server = await sent.promise
  const closed = new Promise<number>((resolve) => {
    server.once('close', resolve)
  })
  server.send('x'.repeat(32 * 1024 * 1024))
  expect(await within(30_000, 'the close', closed)).toBe(1006)
})

it('waits for a client that reads a large frame slowly', async () => {
  const pingMs = 200
  const opened = Promise.withResolvers<WebSocket>()
  const client = await openClient(await startServer(opened.resolve, pingMs), '/')
  client.socket.pause()
  const server = await opened.promise
  server.send(`"${'x'.repeat(64 * 1024 * 1024)}"`)
  // Longer than a client may take nothing.
  const endsAt = performance.now() + 15 * pingMs
  while (performance.now() < endsAt) {
    await sleep(pingMs / 2)
    client.socket.resume()
    await sleep(1)
    client.socket.pause()
  }
  expect(server.readyState).toBe(server.OPEN)
  client.socket.resume()
  await eventually('it has come', () => client.frames.length === 1, 30_000)
}, 60_000)

it('does not disconnect a peer whose socket is not read', async () => {
  const opened = Promise.withResolvers<WebSocket>()
  const client = await openClient(await startServer(opened.resolve), '/')
  const server = await opened.promise
  server.pause()
  await sleep(20 * PING_MS)
  server.resume()
  await sleep(4 * PING_MS)
  expect(client.socket.readyState).toBe(client.socket.OPEN)
})
