/** Finds out that nobody is there any more: a peer that vanished does not close its connection. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'

const PING_MS = 30_000

/** How long a client may take nothing of what waits for it. */
const STALLED_MS = 300_000

export const watchLiveness = (webSocket: WebSocket, socket: Socket, everyMs = PING_MS): void => {
  let heard = true
  let taken = 0
  let stalledMs = 0

  const beat = (): void => {
    const takenNow = socket.bytesWritten - socket.writableLength
    // A ping would stand behind all that it has not read yet.
    if (socket.writableLength > 0) {
      stalledMs = takenNow === taken ? stalledMs + everyMs : 0
      taken = takenNow
      if (stalledMs >= STALLED_MS) webSocket.terminate()
      return
    }
    stalledMs = 0
    if (!heard) return webSocket.terminate()
    heard = false
    webSocket.ping()
  }

  const timer = setInterval(beat, everyMs)
  const hear = () => void (heard = true)
  webSocket.on('pong', hear)
  webSocket.on('message', hear)
  webSocket.once('close', () => clearInterval(timer))
}
