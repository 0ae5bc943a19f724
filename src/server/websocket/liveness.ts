/** Detects that the peer is gone: a peer that vanishes does not close its connection. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

const PING_MS = 30_000

/** For how many pings a client may read nothing of what is sent, or may take to complete a frame. */
const PATIENCE = 10

/** @param most pings that are not answered: at the next one the peer is taken for gone. */
export const watchLiveness = (
  webSocket: WebSocket,
  socket: Socket,
  everyMs = PING_MS,
  most = 1,
): void => {
  let unanswered = 0
  let read = 0
  let arriving = 0

  const hear = () => void (unanswered = 0)
  const beat = (): void => {
    // A ping would queue behind unread data, and its pong cannot be read while we are paused.
    if (socket.writableLength > 0 || webSocket.isPaused) return hear()
    if (unanswered >= most) {
      // A client cannot send a pong in the middle of a large frame.
      arriving = socket.bytesRead === read ? PATIENCE : arriving + 1
      read = socket.bytesRead
      if (arriving >= PATIENCE) webSocket.terminate()
      return
    }
    unanswered++
    arriving = 0
    read = socket.bytesRead
    webSocket.ping()
  }

  // Only Node knows whether the client is reading a large write bit by bit.
  socket.setTimeout(PATIENCE * everyMs, () => {
    if (socket.writableLength > 0) webSocket.terminate()
  })
  const timer = setInterval(beat, everyMs)
  webSocket.on('pong', hear)
  webSocket.on('message', hear)
  webSocket.once('close', () => clearInterval(timer))
}
