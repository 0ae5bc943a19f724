/** A WebSocket as its door writes to it: as fast as the client reads, and no faster. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { MemoryHold } from '#access'
import type { JsonObject } from '#model'
import { type ByteString, toByteString } from '#streams'
import { createUnreadBytes } from '../../bodies/unread-bytes.ts'
import { toTextFrame } from './text-frame.ts'

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
  /** Says so, closes, and reads nothing more: of what still comes there is nothing to keep. */
  shut(code: number, reason: string): void
  /** Reads nothing until it may. */
  mayRead(may: boolean): void
  /** Breaks the connection, so that the client cannot take a part for the whole. */
  terminate(): void
}

/** Calls stop to write much earlier; this bounds what a client can have answered that it never reads. */
const DEAF_BYTES = 256 * 1024

/**
 * Frames are written here, as one string for all that go together: the library would make two Buffers of
 * each. Its own, a ping or a close, are whole when it writes them, and so stand between ours.
 */
export const createFrameSocket = (
  webSocket: WebSocket,
  socket: Socket,
  hold: () => MemoryHold | undefined = () => undefined,
): FrameSocket => {
  const onReady = new Set<() => void>()
  let gathering = false
  let gathered: ByteString = ''
  let isShut = false
  let isDeaf = false
  let mayRead = true
  /** Of what waits to be read by the client. */
  let counted = 0

  const tryHold = (bytes: number): boolean => {
    const held = hold()
    if (!held || bytes === counted) return true
    if (bytes < counted) held.shrink(counted - bytes)
    else if (!held.tryGrow(bytes - counted)) return false
    counted = bytes
    return true
  }
  const unread = createUnreadBytes(tryHold, () => webSocket.terminate())
  socket.once('close', unread.release)

  const settleReading = (): void => {
    const reads = mayRead && !isDeaf && !isShut
    if (reads && webSocket.isPaused) webSocket.resume()
    if (!reads && !webSocket.isPaused) webSocket.pause()
  }

  socket.on('drain', () => {
    unread.release()
    isDeaf = false
    settleReading()
    for (const resume of onReady) resume()
  })

  const flush = (): void => {
    if (gathered === '') return
    const frames = gathered
    gathered = ''
    if (webSocket.readyState !== webSocket.OPEN) return
    socket.write(frames, 'latin1')
    if (socket.writableNeedDrain) unread.count(socket.writableLength)
    if (socket.writableLength <= DEAF_BYTES) return
    isDeaf = true
    settleReading()
  }

  const send = (text: ByteString): void => {
    gathered += toTextFrame(text)
    if (!gathering) flush()
  }

  return {
    send,
    sendJson: (value) => send(toByteString(JSON.stringify(value))),
    together(write) {
      gathering = true
      try {
        write()
      } finally {
        gathering = false
        flush()
      }
    },
    get ready() {
      return !socket.writableNeedDrain
    },
    onReady,
    close(code, reason) {
      flush()
      webSocket.close(code, reason)
    },
    shut(code, reason) {
      isShut = true
      flush()
      webSocket.close(code, reason)
      settleReading()
    },
    mayRead(may) {
      mayRead = may
      settleReading()
    },
    terminate: () => webSocket.terminate(),
  }
}
