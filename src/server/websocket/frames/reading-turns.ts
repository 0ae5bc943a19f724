/**
 * Large messages are read one piece at a time, from one socket per turn of the event loop. To join, unmask and
 * outline a message takes milliseconds, and many that complete at once would delay everyone by the sum.
 */

export interface ReadingTurns {
  /** @param takeTurn reads one more piece. */
  wait(takeTurn: () => void): void
}

/** How much of a message is read before it has to wait for its turn. */
export const LARGE_FRAME_BYTES = 256 * 1024

export const createReadingTurns = (): ReadingTurns => {
  const waiting: (() => void)[] = []
  let isRunning = false

  const next = (): void => {
    const takeTurn = waiting.shift()
    isRunning = takeTurn !== undefined
    if (!takeTurn) return
    takeTurn()
    setImmediate(next)
  }

  return {
    wait(takeTurn) {
      waiting.push(takeTurn)
      if (!isRunning) setImmediate(next)
      isRunning = true
    },
  }
}
