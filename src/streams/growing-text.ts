/** A text that grows by pieces cut from reads, and keeps none of these reads alive for long. */
import { type ByteString, detach } from './bytes.ts'

export interface GrowingText {
  add(piece: ByteString): void
  /** The same for what is a read of its own, and flat: a large one need not be copied. */
  addRead(read: ByteString): void
  readonly length: number
  /** All of it. */
  readonly value: ByteString
  /** All of it, which is then no longer held here. */
  take(): ByteString
}

/** So much may hang on the reads that it came in: copied one by one, pieces would cost more than they are. */
const LOOSE_BYTES = 4096
/** Each piece may keep a complete read alive, however small it is. */
const LOOSE_PIECES = 64

export const createGrowingText = (): GrowingText => {
  let kept = ''
  let loose = ''
  let pieces = 0
  const value = (): ByteString => (kept === '' ? loose : kept + loose)
  const tighten = (): void => {
    kept += detach(loose)
    loose = ''
    pieces = 0
  }
  const add = (piece: ByteString): void => {
    loose += piece
    if (loose.length >= LOOSE_BYTES || ++pieces >= LOOSE_PIECES) tighten()
  }
  return {
    add,
    addRead(read) {
      if (read.length < LOOSE_BYTES) return add(read)
      if (loose !== '') tighten()
      kept += read
    },
    get length() {
      return kept.length + loose.length
    },
    get value() {
      return value()
    },
    take() {
      const taken = value()
      kept = ''
      loose = ''
      pieces = 0
      return taken
    },
  }
}
