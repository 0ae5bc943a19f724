/** The TCP connection of a client. It can end in the middle of a frame, or stop reading for a while. */
import { connect, type Socket } from 'node:net'

export interface Wire {
  readonly socket: Socket
  /** Vanishes as soon as so many more bytes have arrived, whatever they belong to. */
  cutAfter(bytes: number): void
  freeze(milliseconds: number): void
}

export const openWire = (url: string): Wire => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  let left = Infinity
  const push = socket.push.bind(socket)
  socket.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
    if (chunk === null || left === Infinity) return push(chunk, encoding)
    const part = chunk.subarray(0, left)
    left -= part.length
    const takesMore = part.length > 0 && push(part)
    if (left === 0) setImmediate(() => socket.destroy())
    return takesMore
  }
  return {
    socket,
    cutAfter(bytes) {
      left = bytes
      if (bytes === 0) socket.destroy()
    },
    freeze(milliseconds) {
      socket.pause()
      setTimeout(() => socket.resume(), milliseconds)
    },
  }
}
