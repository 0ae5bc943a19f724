/**
 * Collects the pieces of a body. Many small pieces are copied into few, since each would take more memory than its
 * bytes. The pieces of a large body are copied into one buffer, since joining them later would need the memory twice.
 */
import { createGrowingBuffer, freeNow, type GrowingBuffer } from '#streams'

export interface GatheredPieces {
  add(piece: Buffer): void
  /** Frees the memory of all pieces. Nothing may be read or added afterwards. */
  discard(): void
  /** In the order in which they arrived. */
  readonly all: readonly Buffer[]
}

/** A larger piece is kept as it is. */
const SMALL_BYTES = 1024
const LARGEST_SHEET_BYTES = 16 * 1024
/** A larger body is collected in one buffer. */
export const LARGEST_IN_PIECES_BYTES = 4 * 1024 * 1024

const NO_SHEET = Buffer.alloc(0)

export const gatherPieces = (): GatheredPieces => {
  let all: Buffer[] = []
  let gatheredBytes = 0
  /** The buffer for small pieces: filled up to `end`, of which the list includes the part up to `start`. */
  let sheet: Buffer = NO_SHEET
  let start = 0
  let end = 0
  /** The buffer of a large body. */
  let large: GrowingBuffer | undefined

  const list = (): void => {
    if (end > start) all.push(sheet.subarray(start, end))
    start = end
  }

  const addToLarge = (piece: Buffer): void => {
    list()
    large ??= createGrowingBuffer(gatheredBytes + piece.length)
    for (const next of [...all, piece]) {
      large.add(next)
      freeNow(next)
    }
    all = []
  }

  return {
    add(piece) {
      if (large || gatheredBytes + piece.length > LARGEST_IN_PIECES_BYTES) return addToLarge(piece)
      gatheredBytes += piece.length
      // The first piece is often the only one.
      if (piece.length >= SMALL_BYTES || (all.length === 0 && end === 0)) {
        list()
        all.push(piece)
        return
      }
      if (end + piece.length > sheet.length) {
        list()
        sheet = Buffer.allocUnsafe(Math.min(SMALL_BYTES + sheet.length * 2, LARGEST_SHEET_BYTES))
        start = end = 0
      }
      end += piece.copy(sheet, end)
    },
    discard() {
      for (const piece of all) freeNow(piece)
      all = []
      large?.free()
    },
    get all() {
      if (large) return [large.bytes]
      list()
      return all
    },
  }
}
