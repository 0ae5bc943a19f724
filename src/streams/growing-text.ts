/** A text that grows by pieces cut from reads, and keeps none of these reads alive for long. */
import { type ByteString, detach } from './bytes.ts'

export interface GrowingText {
  add(piece: ByteString): void
  /** All of it. */
  readonly value: ByteString
}

/** So much may hang on the reads that it came in: copied one by one, pieces would cost more than they are. */
const LOOSE_BYTES = 4096

export const createGrowingText = (): GrowingText => {
  let kept = ''
  let loose = ''
  return {
    add(piece) {
      loose += piece
      if (loose.length < LOOSE_BYTES) return
      kept += detach(loose)
      loose = ''
    },
    get value() {
      return kept + loose
    },
  }
}
