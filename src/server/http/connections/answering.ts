/** The connections of clients, and the answers that are open on each. */
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Serving } from '../../serving/serving.ts'

interface Answers {
  /** One, or several if requests are pipelined. A list of one costs less than a set, and every call uses it. */
  readonly open: ServerResponse[]
  /** When the last one ended. */
  idleSinceMs: number
}

export const createAnswering = () => {
  const answers = new WeakMap<Socket, Answers>()
  /** Without those that are WebSockets now. */
  const sockets = new Set<Socket>()

  const answersOn = (socket: Socket): Answers => {
    const known = answers.get(socket)
    if (known) return known
    const made: Answers = { open: [], idleSinceMs: 0 }
    answers.set(socket, made)
    return made
  }

  return {
    watch(server: Server): void {
      server.on('connection', (socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
      })
      server.on('upgrade', ({ socket }) => sockets.delete(socket))
    },
    /** Closes the connections that have waited for no answer for so long. */
    closeOthers(idleMs: number): void {
      const before = performance.now() - idleMs
      for (const socket of sockets) {
        const { open, idleSinceMs } = answersOn(socket)
        if (open.length === 0 && idleSinceMs <= before) socket.destroy()
      }
    },
    add(response: ServerResponse, { begin, end }: Pick<Serving, 'begin' | 'end'>): void {
      begin()
      const on = answersOn(response.req.socket)
      on.open.push(response)
      response.on('close', () => {
        on.open.splice(on.open.indexOf(response), 1)
        end()
        on.idleSinceMs = performance.now()
      })
    },
    isOpen: (socket: Socket): boolean => answersOn(socket).open.length > 0,
    /** Nothing else may be written to it. */
    isBegun: (socket: Socket): boolean =>
      answersOn(socket).open.some(({ headersSent }) => headersSent),
  }
}
