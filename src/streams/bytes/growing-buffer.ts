/** One buffer outside V8's heap that grows with what is added. Its memory is freed at once. */
import type { ByteString } from './bytes.ts'
import { freeNow } from './free-now.ts'

export interface GrowingBuffer {
  add(piece: Buffer): void
  addText(text: ByteString): void
  readonly length: number
  /** Everything so far. Valid until the next call of any method here. */
  readonly bytes: Buffer
  free(): void
}

/** Up to here the capacity is doubled. */
const LARGEST_DOUBLED_BYTES = 4 * 1024 * 1024
/**
 * The C library maps memory of more than 32 MB separately, and returns it to the system when it is freed. Smaller
 * memory comes from a heap that is never returned, and that fragments. Pages that are not written to take no memory.
 */
const MAPPED_BYTES = 33 * 1024 * 1024

const NO_MEMORY = Buffer.alloc(0)

/** @param expectedBytes how much it will hold at least. */
export const createGrowingBuffer = (expectedBytes = 0): GrowingBuffer => {
  let memory: Buffer = NO_MEMORY
  let length = 0

  const reserve = (more: number): void => {
    const needed = length + more
    if (needed <= memory.length) return
    const doubled = Math.max(needed, 2 * memory.length)
    const larger = Buffer.allocUnsafeSlow(
      doubled <= LARGEST_DOUBLED_BYTES ? doubled : Math.max(doubled, MAPPED_BYTES),
    )
    larger.set(memory.subarray(0, length))
    freeNow(memory)
    memory = larger
  }

  reserve(expectedBytes)
  return {
    add(piece) {
      reserve(piece.length)
      memory.set(piece, length)
      length += piece.length
    },
    addText(text) {
      reserve(text.length)
      length += memory.write(text, length, 'latin1')
    },
    get length() {
      return length
    },
    get bytes() {
      return memory.subarray(0, length)
    },
    free() {
      freeNow(memory)
      memory = NO_MEMORY
      length = 0
    },
  }
}
