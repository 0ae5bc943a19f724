/** A raw socket to what is measured, which tells once that it was lost, and not that it was closed. */
import { connect } from 'node:net'

export type Client = {
  send(request: Buffer): void
  /** Stops reading, as a client does that hangs. */
  pause(): void
  close(): void
}

type OpenClient = Client & {
  /** Gives the socket up, for this reason. */
  lose(reason: string): void
}

export const openClient = (
  port: number,
  read: (bytes: Buffer) => void,
  lost: (reason: string) => void,
  /** The address that it connects from. */
  localAddress?: string,
): OpenClient => {
  let over = false
  const lose = (reason: string) => {
    if (over) return
    over = true
    lost(reason)
    socket.destroy()
  }
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    ...(localAddress !== undefined && { localAddress }),
  })
  socket.on('data', read)
  socket.on('error', (error) => lose(error.message))
  socket.on('close', () => lose('the connection was closed'))

  return {
    send: (request) => void socket.write(request),
    pause: () => void socket.pause(),
    lose,
    close() {
      over = true
      socket.destroy()
    },
  }
}
