/** The key that a web page sends in the first frame of its socket. */
import type { Socket } from 'node:net'
import { GatewayError } from '#model'
import { readFrame, readText } from '../frames/frame-body.ts'

/** How much a client may send before it is admitted. */
const ADMISSION_BYTES = 64 * 1024

/** Bounds how long a client may take, and how much it may send, before it sends its key. */
export const awaitKey = (
  socket: Socket,
  withinMs: number,
  turnAway: (error: GatewayError) => void,
) => {
  let received = 0
  const timer = setTimeout(() => turnAway(noKey()), withinMs)
  const end = (): void => {
    clearTimeout(timer)
    socket.off('data', count)
  }
  const count = (bytes: Buffer): void => {
    received += bytes.length
    if (received <= ADMISSION_BYTES) return
    end()
    turnAway(noKey())
  }
  socket.on('data', count)
  return { end }
}

const noKey = () =>
  new GatewayError(
    'unauthenticated',
    'No API key was sent. Send {"type":"auth","api_key":"KEY"} as the first frame.',
  )

const MAX_DEPTH = 8

/** @throws GatewayError */
export const readKey = (bytes: Buffer): string => {
  const frame = readFrame(bytes, MAX_DEPTH)
  const key =
    readText(frame, 'type') === 'auth'
      ? (readText(frame, 'key') ?? readText(frame, 'api_key'))
      : undefined
  if (key === undefined) throw noKey()
  return key
}
