/** A WebSocket to which a door writes: no faster than the client reads. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { MemoryHold } from '#access'
import type { JsonObject } from '#model'
import { type ByteString, toByteString } from '#streams'
import { createUnreadBytes } from '../../bodies/unread-bytes.ts'
import { toTextFrame } from './text-frame.ts'

export interface FrameSocket {
  /** Sends one text frame. */
  send(text: ByteString): void
  sendJson(value: JsonObject): void
  /** Sends frames that are written already. */
  sendWire(frames: ByteString): void
  /** The same, but in one piece with what follows in this turn of the event loop. */
  sendSoon(frames: ByteString): void
  /** Sends everything that `write` sends in one piece. */
  together(write: () => void): void
  /** The client has read (nearly) everything that was sent. */
  readonly ready: boolean
  /** Called whenever `ready` becomes true. */
  readonly onReady: Set<() => void>
  close(code: number, reason: string): void
  /** Closes with this reason, and reads nothing more: there is no memory for what still arrives. */
  shut(code: number, reason: string): void
  /** Pauses or resumes reading. */
  mayRead(may: boolean): void
  /** Breaks the connection, so that the client cannot mistake a part for the complete answer. */
  terminate(): void
}

/** Calls pause much earlier. This bounds the answers that a client causes without ever reading them. */
const DEAF_BYTES = 256 * 1024

/** More than this does not wait for the end of the turn. */
const SOON_BYTES = 16 * 1024

/**
 * Frames are written here, as one string for all that are sent together, since the library would allocate two Buffers
 * for each. The library writes its own pings and closes complete, so they fall between our frames.
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
  /** How much of what the client has not read is counted. */
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

  const sendWire = (frames: ByteString): void => {
    gathered += frames
    if (!gathering) flush()
  }
  const sendSoon = (frames: ByteString): void => {
    if (gathered === '') process.nextTick(flush)
    gathered += frames
    if (gathered.length >= SOON_BYTES) flush()
  }
  const send = (text: ByteString): void => sendWire(toTextFrame(text))

  return {
    send,
    sendWire,
    sendSoon,
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
