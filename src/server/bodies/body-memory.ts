/**
 * Memory for request bodies that is reused.
 *
 * An agent sends its complete conversation every turn. To free and allocate memory for each call keeps the garbage
 * collector busier than the call itself: it sees a hundred kilobytes come and go outside its heap, and marks the
 * heap to find them.
 */

import { freeNow } from '#streams'
import { LARGEST_IN_PIECES_BYTES } from './gather-pieces.ts'

export interface BodyMemory {
  /** Joins the pieces. Those that were copied are freed. Call `release` when nothing reads the body any more. */
  join(pieces: readonly Buffer[]): { readonly body: Buffer; release(): void }
}

const SMALLEST_BYTES = 16 * 1024
/** The most that is kept for reuse. */
const KEPT_BYTES = 32 * 1024 * 1024

const NOTHING_TO_RELEASE = () => undefined

export const createBodyMemory = (): BodyMemory => {
  /** By size, which is a power of two. */
  const free = new Map<number, Buffer[]>()
  let keptBytes = 0

  const take = (bytes: number): Buffer => {
    const size = 2 ** Math.ceil(Math.log2(bytes))
    const kept = free.get(size)?.pop()
    if (kept) keptBytes -= size
    return kept ?? Buffer.allocUnsafeSlow(size)
  }

  const keep = (memory: Buffer): void => {
    if (keptBytes + memory.length > KEPT_BYTES) return
    keptBytes += memory.length
    const kept = free.get(memory.length)
    if (kept) kept.push(memory)
    else free.set(memory.length, [memory])
  }

  return {
    join(pieces) {
      const [first] = pieces
      if (first && pieces.length === 1) return { body: first, release: NOTHING_TO_RELEASE }
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
      if (length < SMALLEST_BYTES || length > LARGEST_IN_PIECES_BYTES)
        return { body: Buffer.concat(pieces, length), release: NOTHING_TO_RELEASE }
      const memory = take(length)
      let position = 0
      for (const piece of pieces) {
        memory.set(piece, position)
        position += piece.length
        freeNow(piece)
      }
      let released = false
      return {
        body: memory.subarray(0, length),
        release() {
          if (!released) keep(memory)
          released = true
        },
      }
    },
  }
}
