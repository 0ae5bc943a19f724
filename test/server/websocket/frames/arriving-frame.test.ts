/** What is counted of a message that has not arrived completely. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { MemoryHold } from '#access'
import {
  countArrivingFrames,
  SOCKET_BYTES,
} from '../../../../src/server/websocket/frames/arriving-frame.ts'
import { closeLater } from '../../../tools/app/house.ts'

const CONTINUATION = 0
const TEXT = 1
const PING = 9
const FRAGMENT_BYTES = 100_000

/** A frame of a client, with a mask of zeros. @param isLast of its message. */
const toFrame = (opcode: number, bytes: number, isLast: boolean): Buffer => {
  const head = Buffer.alloc(bytes < 126 ? 2 : 10)
  head[0] = opcode | (isLast ? 0x80 : 0)
  head[1] = 0x80 | (bytes < 126 ? bytes : 127)
  if (bytes >= 126) head.writeBigUInt64BE(BigInt(bytes), 2)
  return Buffer.concat([head, Buffer.alloc(4), Buffer.alloc(bytes, 'x')])
}

const HANDSHAKE =
  'GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n'

/** A socket whose counted bytes can be read. */
const start = async () => {
  let held = 0
  const hold: MemoryHold = {
    grow: (bytes: number) => void (held += bytes),
    shrink: (bytes: number) => void (held -= bytes),
    release: () => undefined,
  } as MemoryHold
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  let messages = 0
  sockets.on('connection', (webSocket, { socket }) => {
    countArrivingFrames(
      webSocket,
      socket,
      () => hold,
      () => expect.unreachable(),
    )
    webSocket.on('message', () => messages++)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client: Socket = connect(port, '127.0.0.1')
  closeLater({
    async close() {
      client.destroy()
      sockets.close()
      server.closeAllConnections()
      await new Promise((resolve) => void server.close(resolve))
    },
  })
  client.write(HANDSHAKE)
  await once(client, 'data')
  client.resume()
  let pongs = 0
  client.on('data', () => pongs++)
  return {
    send: (...frame: Parameters<typeof toFrame>) => void client.write(toFrame(...frame)),
    held: () => held,
    messages: () => messages,
    pongs: () => pongs,
  }
}

describe('the bytes of a message in fragments', () => {
  it('are counted until it is complete, also if pings come between them', async () => {
    const { send, held, messages, pongs } = await start()
    send(TEXT, FRAGMENT_BYTES, false)
    for (const count of [1, 2, 3]) {
      await expect.poll(held).toBeGreaterThan(count * FRAGMENT_BYTES - SOCKET_BYTES)
      send(PING, 4, true)
      await expect.poll(pongs).toBe(count)
      expect(held()).toBeGreaterThan(count * FRAGMENT_BYTES - SOCKET_BYTES)
      send(CONTINUATION, FRAGMENT_BYTES, count === 3)
    }
    await expect.poll(messages).toBe(1)
    await expect.poll(held).toBe(0)
  })

  it('are not those of pings that come one after another', async () => {
    const { send, held, messages, pongs } = await start()
    send(TEXT, 10, false)
    send(CONTINUATION, 10, true)
    await expect.poll(messages).toBe(1)
    for (let count = 1; count <= 300; count++) {
      send(PING, 4, true)
      if (count % 50 === 0) await expect.poll(pongs).toBeGreaterThan(0)
    }
    await new Promise((resolve) => void setTimeout(resolve, 100))
    expect(held()).toBe(0)
  })
})
