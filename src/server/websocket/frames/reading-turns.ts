/**
 * Large messages are read a piece at a time, and from one socket in each turn of the event loop: to join, unmask and
 * outline one takes milliseconds, and many that become complete at once would delay everybody by the sum.
 */

export interface ReadingTurns {
  /** @param takeTurn reads one more piece. */
  wait(takeTurn: () => void): void
}

/** What comes of a message before it has to wait for its turn. */
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
