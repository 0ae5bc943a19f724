/** Finds out that nobody is there any more: a peer that vanished does not close its connection. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

const PING_MS = 30_000

/** For how many pings a client may take nothing of what waits for it, or send a frame that does not end. */
const PATIENCE = 10

export const watchLiveness = (webSocket: WebSocket, socket: Socket, everyMs = PING_MS): void => {
  let heard = true
  let read = 0
  let arriving = 0

  const hear = () => void (heard = true)
  const beat = (): void => {
    // A ping would stand behind all that it has not read yet, and what it answers waits until we read again.
    if (socket.writableLength > 0 || webSocket.isPaused) return hear()
    if (!heard) {
      // In the middle of a large frame it cannot answer.
      arriving = socket.bytesRead === read ? PATIENCE : arriving + 1
      read = socket.bytesRead
      if (arriving >= PATIENCE) webSocket.terminate()
      return
    }
    heard = false
    arriving = 0
    read = socket.bytesRead
    webSocket.ping()
  }

  // Of one large write only Node knows whether the client takes it bit by bit.
  socket.setTimeout(PATIENCE * everyMs, () => {
    if (socket.writableLength > 0) webSocket.terminate()
  })
  const timer = setInterval(beat, everyMs)
  webSocket.on('pong', hear)
  webSocket.on('message', hear)
  webSocket.once('close', () => clearInterval(timer))
}
