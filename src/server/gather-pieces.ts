/** Gathers the pieces of a body: many small ones are copied into few, since each would take more than it holds. */

export interface GatheredPieces {
  add(piece: Buffer): void
  /** In their order. */
  readonly all: readonly Buffer[]
}

/** A larger one stays as it is. */
const SMALL_BYTES = 1024
const LARGEST_SHEET_BYTES = 16 * 1024

export const gatherPieces = (): GatheredPieces => {
  const all: Buffer[] = []
  /** Where small ones are copied to: filled up to `end`, and in the list up to `start`. */
  let sheet = Buffer.alloc(0)
  let start = 0
  let end = 0

  const list = (): void => {
    if (end > start) all.push(sheet.subarray(start, end))
    start = end
  }

  return {
    add(piece) {
      // The first one is often all there is.
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
    get all() {
      list()
      return all
    },
  }
}
