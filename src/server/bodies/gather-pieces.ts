/**
 * Collects the pieces of a body. Many small pieces are copied into few, since each would take more memory than its
 * bytes. The pieces of a large body are copied into one buffer, since joining them later would need the memory twice.
 */
import { freeNow } from './free-now.ts'

export interface GatheredPieces {
  add(piece: Buffer): void
  /** In the order in which they arrived. */
  readonly all: readonly Buffer[]
}

/** A larger piece is kept as it is. */
const SMALL_BYTES = 1024
const LARGEST_SHEET_BYTES = 16 * 1024
/** A larger body is collected in one buffer. */
export const LARGEST_IN_PIECES_BYTES = 4 * 1024 * 1024
/**
 * The C library maps memory of more than 32 MB separately, and returns it to the system when it is freed. Smaller
 * memory comes from a heap that is never returned, and that fragments. Pages that are not written to take no memory.
 */
const PLACE_BYTES = 33 * 1024 * 1024

const NO_SHEET = Buffer.alloc(0)

export const gatherPieces = (): GatheredPieces => {
  let all: Buffer[] = []
  let gatheredBytes = 0
  /** The buffer for small pieces: filled up to `end`, of which the list includes the part up to `start`. */
  let sheet: Buffer = NO_SHEET
  let start = 0
  let end = 0
  /** The buffer of a large body. */
  let place: Buffer | undefined

  const list = (): void => {
    if (end > start) all.push(sheet.subarray(start, end))
    start = end
  }

  /** @returns a buffer of this size that begins with all the bytes so far. */
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
    get all() {
      if (place) return [place.subarray(0, gatheredBytes)]
      list()
      return all
    },
  }
}
