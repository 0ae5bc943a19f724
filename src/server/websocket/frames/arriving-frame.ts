/** Counts the bytes of an incomplete message, which the library buffers. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { MemoryHold } from '#access'
import { LARGE_FRAME_BYTES } from './reading-turns.ts'

/**
 * The cost of a connection, held from its start. It covers the beginning of a message, so that a small call for which
 * there is no room is still read: the refusal then contains its id, and other calls of the socket continue.
 */
export const SOCKET_BYTES = 16 * 1024

/** Each read is an object, however few bytes it contains. */
const READ_OVERHEAD_BYTES = 128

/**
 * @param hold undefined as long as the sender is not known.
 * @param refuse is called once, if there is no room for what arrived.
 * @param waitForTurn is called for each piece of a large message.
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
  /** After the read before. */
  let before = 0
  let completed = false

  const complete = (data: Buffer): void => {
    completeControl(data)
    reads = 0
    completed = true
  }
  /** It may come between the fragments of a message, which go on waiting. */
  const completeControl = (data: Buffer): void => {
    bytes -= data.length + headBytes(data.length)
  }
  // The library has already read each piece that arrives here.
  const count = (read: Buffer): void => {
    bytes = Math.max(0, bytes + read.length)
    // A fragmented message has more than one frame header.
    if (completed) bytes = Math.min(bytes, read.length)
    completed = false
    if (bytes === 0) reads = 0
    else if (reads === 0 || bytes > before) reads++
    before = bytes
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
  webSocket.on('ping', completeControl)
  webSocket.on('pong', completeControl)
  socket.on('data', count)
}

const MASK_BYTES = 4

/** The size of the header of a client's frame. RFC 6455, 5.2. */
const headBytes = (length: number): number =>
  MASK_BYTES + 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8)
