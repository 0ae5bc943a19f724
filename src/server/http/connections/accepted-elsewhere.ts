/** The connections that another process has accepted: a server counts only its own. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

export const createAcceptedElsewhere = () => {
  const sockets = new Set<Socket>()
  const listening = new Set<Server>()
  let onLast: (() => void) | undefined
  return {
    add(server: Server, socket: Socket): void {
      // A server that does not listen watches no deadlines of requests.
      if (!listening.has(server)) server.emit('listening')
      listening.add(server)
      socket.allowHalfOpen = true
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        if (sockets.size === 0) onLast?.()
      })
      server.emit('connection', socket)
    },
    ended: (): Promise<void> =>
      new Promise((resolve) => {
        if (sockets.size === 0) resolve()
        else onLast = resolve
      }),
  }
}
