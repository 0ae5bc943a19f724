/**
 * Gathers the pieces of a body. Many small ones are copied into few, since each would take more than it holds, and those
 * of a large body into one place: held until they could be joined, they would be there twice.
 */
import { freeNow } from './free-now.ts'

export interface GatheredPieces {
  add(piece: Buffer): void
  /** In their order. */
  readonly all: readonly Buffer[]
}

/** A larger one stays as it is. */
const SMALL_BYTES = 1024
const LARGEST_SHEET_BYTES = 16 * 1024
/** Of a body; a larger one has a place of its own. */
export const LARGEST_IN_PIECES_BYTES = 4 * 1024 * 1024
/**
 * The C library takes more than 32 MB from the system by itself, and returns it when it is freed. Smaller memory comes
 * out of what it keeps for good, where holes of the wrong size add up. What is not written to is never resident.
 */
const PLACE_BYTES = 33 * 1024 * 1024

const NO_SHEET = Buffer.alloc(0)

export const gatherPieces = (): GatheredPieces => {
  let all: Buffer[] = []
  let gatheredBytes = 0
  /** Where small ones are copied to: filled up to `end`, and in the list up to `start`. */
  let sheet: Buffer = NO_SHEET
  let start = 0
  let end = 0
  /** Where all of a large body is. */
  let place: Buffer | undefined

  const list = (): void => {
    if (end > start) all.push(sheet.subarray(start, end))
    start = end
  }

  /** @returns memory of this size with all that came before in it. */
  const moveAll = (bytes: number): Buffer => {
    const pieces = place ? [place.subarray(0, gatheredBytes)] : all
    const moved = Buffer.allocUnsafeSlow(bytes)
    let position = 0
    for (const piece of pieces) {
      moved.set(piece, position)
      position += piece.length
      freeNow(piece)
    }
    if (place) freeNow(place)
    return moved
  }

  const addToPlace = (piece: Buffer): void => {
    list()
    const needed = gatheredBytes + piece.length
    if (!place || place.length < needed)
      place = moveAll(Math.max(PLACE_BYTES, needed, 2 * (place?.length ?? 0)))
    all = []
    place.set(piece, gatheredBytes)
    freeNow(piece)
    gatheredBytes = needed
  }

  return {
    add(piece) {
      if (gatheredBytes + piece.length > LARGEST_IN_PIECES_BYTES) return addToPlace(piece)
      gatheredBytes += piece.length
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
      if (place) return [place.subarray(0, gatheredBytes)]
      list()
      return all
    },
  }
}
