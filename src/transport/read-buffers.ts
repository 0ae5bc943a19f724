/**
 * Where sockets are read into. Buffers are shared by all sockets, because each read becomes a string before the next
 * begins. Not on Windows, where reads of many sockets are in progress at the same time, each into its own buffer.
 */

/** Fewer reads cost fewer system calls, and fewer writes to the client. */
const LARGE_READ_BYTES = 64 * 1024
/** A paused exchange holds what was read last, or its larger translation. */
const SMALL_READ_BYTES = 16 * 1024
/** How many exchanges may be paused before reads become small. Many clients that do not read must not hold much. */
const MOST_PAUSED = 16

const isShared = process.platform !== 'win32'
const large = Buffer.allocUnsafeSlow(LARGE_READ_BYTES)
const small = large.subarray(0, SMALL_READ_BYTES)

let paused = 0

/** Counts one exchange while it is paused. */
export class PauseCount {
  #isPaused = false

  set(isPaused: boolean): void {
    if (isPaused === this.#isPaused) return
    this.#isPaused = isPaused
    paused += isPaused ? 1 : -1
  }
}

/** The buffer for the next read. */
export const nextReadBuffer = (): Buffer => {
  if (!isShared) return Buffer.allocUnsafeSlow(SMALL_READ_BYTES)
  return paused < MOST_PAUSED ? large : small
}
