/** The end of the line in a worker. */
import type { Socket } from 'node:net'
import type { DoorName } from './hand-out.ts'
import { createLink, type Link } from './link.ts'

export interface WorkerEnd {
  readonly link: Link
  /** Takes the connections that this worker is given. */
  takeConnections(take: (socket: Socket, door: DoorName) => void): void
  /** Called when the first process is gone. */
  onOrphaned(end: () => void): void
}

interface Given {
  readonly number: number
  readonly door: DoorName
}

export const openWorkerEnd = (): WorkerEnd => {
  const link = createLink(process)
  return {
    link,
    takeConnections(take) {
      process.on('message', (message, socket) => {
        if (Array.isArray(message)) return
        const { number, door } = message as Given
        link.tell('taken', number)
        // Its client may have left in the meantime.
        if (!socket) return link.tell('closed')
        const connection = socket as Socket
        connection.once('close', () => link.tell('closed'))
        take(connection, door)
      })
    },
    onOrphaned: (end) => void process.once('disconnect', end),
  }
}
