/** A WebSocket as its door writes to it: as fast as the client reads, and no faster. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { JsonObject } from '#model'
import { type ByteString, toByteString } from '#streams'

export interface FrameSocket {
  /** One text frame. */
  send(text: ByteString): void
  sendJson(value: JsonObject): void
  /** What `write` sends goes out in one piece. */
  together(write: () => void): void
  /** The client has taken what it was sent, or nearly. */
  readonly ready: boolean
  /** Called whenever that is true again. */
  readonly onReady: Set<() => void>
  close(code: number, reason: string): void
  /** Breaks the connection, so that the client cannot take a part for the whole. */
  terminate(): void
}

/** Calls stop to write much earlier; this bounds what a client can have answered that it never reads. */
const DEAF_BYTES = 256 * 1024

const TEXT = { binary: false, compress: false } as const

export const createFrameSocket = (webSocket: WebSocket, socket: Socket): FrameSocket => {
  const onReady = new Set<() => void>()
  socket.on('drain', () => {
    if (webSocket.isPaused) webSocket.resume()
    for (const resume of onReady) resume()
  })

  const send = (text: ByteString): void => {
    if (webSocket.readyState !== webSocket.OPEN) return
    webSocket.send(Buffer.from(text, 'latin1'), TEXT)
    if (webSocket.bufferedAmount > DEAF_BYTES) webSocket.pause()
  }

  return {
    send,
    sendJson: (value) => send(toByteString(JSON.stringify(value))),
    together(write) {
      socket.cork()
      try {
        write()
      } finally {
        socket.uncork()
      }
    },
    get ready() {
      return !socket.writableNeedDrain
    },
    onReady,
    close: (code, reason) => webSocket.close(code, reason),
    terminate: () => webSocket.terminate(),
  }
}
