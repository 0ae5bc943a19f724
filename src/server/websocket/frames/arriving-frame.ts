/** What a peer has sent of a message that is not complete yet: the library keeps it, and this counts it. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { MemoryHold } from '#access'
import { LARGE_FRAME_BYTES } from './reading-turns.ts'

/**
 * What a connection costs, held from its start. The beginning of a message is within it: where a small call finds no
 * room, its own id is in the refusal, and the other calls of the socket continue.
 */
export const SOCKET_BYTES = 16 * 1024

/** Each read is an object of its own, however little it brought. */
const READ_OVERHEAD_BYTES = 128

/**
 * @param hold undefined as long as it is not known who sends it.
 * @param refuse is called once, where there is no room for what came.
 * @param waitForTurn is called for each piece of a message that is large.
 */
export const countArrivingFrames = (
  webSocket: WebSocket,
  socket: Socket,
  hold: () => MemoryHold | undefined,
  refuse: (thrown: unknown) => void,
  waitForTurn?: () => void,
): void => {
  let bytes = 0
  let reads = 0
  let counted = 0
  let completed = false

  const complete = (data: Buffer): void => {
    bytes -= data.length + headBytes(data.length)
    reads = 0
    completed = true
  }
  // The library reads each piece before it comes here.
  const count = (read: Buffer): void => {
    bytes = Math.max(0, bytes + read.length)
    // A message in fragments had more heads than one.
    if (completed) bytes = Math.min(bytes, read.length)
    completed = false
    reads = bytes === 0 ? 0 : reads + 1
    try {
      settle(Math.max(0, bytes + reads * READ_OVERHEAD_BYTES - SOCKET_BYTES))
      if (bytes > LARGE_FRAME_BYTES) waitForTurn?.()
    } catch (thrown) {
      socket.off('data', count)
      refuse(thrown)
    }
  }
  const settle = (total: number): void => {
    const held = hold()
    if (!held) return
    if (total > counted) held.grow(total - counted)
    else held.shrink(counted - total)
    counted = total
  }

  webSocket.on('message', complete)
  webSocket.on('ping', complete)
  webSocket.on('pong', complete)
  socket.on('data', count)
}

const MASK_BYTES = 4

/** Of one frame from a client. RFC 6455, 5.2. */
const headBytes = (length: number): number =>
  MASK_BYTES + 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8)
