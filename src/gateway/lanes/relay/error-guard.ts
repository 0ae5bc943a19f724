/** Holds back an incomplete event of a relayed stream, so that an error is redacted before any part of it is sent. */
import { type ByteString, detach } from '#streams'

export interface ErrorGuard {
  /** Returns what may be sent now. @param isMidEvent whether these bytes end in the middle of an event. */
  push(bytes: ByteString, isMidEvent: boolean): ByteString
  /** Returns what is held back. */
  take(): ByteString
}

/** Larger than any error. An incomplete event beyond this size is sent as it arrives. */
const MAX_HELD_BYTES = 64 * 1024

/** One byte less than the longest end of an event, which may be split over two reads. */
const OVERLAP = 3

export const createErrorGuard = (): ErrorGuard => {
  let held: ByteString = ''
  // The end of the previous bytes. Searching all held bytes instead would join them with every read.
  let tail: ByteString = ''
  let isTooLong = false

  const take = (): ByteString => {
    const bytes = held
    held = ''
    return bytes
  }

  return {
    take,
    push(bytes, isMidEvent) {
      if (!isMidEvent) {
        tail = ''
        isTooLong = false
        return held === '' ? bytes : take() + bytes
      }
      const inside = findLastEnd(bytes)
      // Only the beginning of the read is joined with the tail.
      const seam = tail + bytes.slice(0, OVERLAP)
      const end = inside === -1 ? findLastEnd(seam) - tail.length : inside
      tail = bytes.length < OVERLAP ? seam.slice(-OVERLAP) : bytes.slice(-OVERLAP)
      if (end > 0) {
        const ready = take() + bytes.slice(0, end)
        isTooLong = false
        held = detach(bytes.slice(end))
        return ready
      }
      isTooLong ||= held.length + bytes.length > MAX_HELD_BYTES
      if (isTooLong) return take() + bytes
      held += bytes
      return ''
    },
  }
}

/** The position after the last end of an event, or -1. */
const findLastEnd = (bytes: ByteString): number => {
  const feeds = bytes.lastIndexOf('\n\n')
  const last = feeds === -1 ? -1 : feeds + 2
  if (!bytes.includes('\r')) return last
  return Math.max(last, behindLast(bytes, '\n\r\n'), behindLast(bytes, '\r\r'))
}

const behindLast = (bytes: ByteString, end: string): number => {
  const at = bytes.lastIndexOf(end)
  return at === -1 ? -1 : at + end.length
}
