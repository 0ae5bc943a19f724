/** Removes single events from a relayed stream. The bytes of all others are unchanged. */
import { type ByteString, createGrowingText, detach } from '#streams'

export interface EventFilter {
  /** Returns what may be forwarded. An incomplete event is held back. */
  push(bytes: ByteString): ByteString
  /** Returns the rest. */
  end(): ByteString
  /** The bytes held of an incomplete event. */
  readonly heldBytes: number
}

const EVENT_END = /\r\n\r\n|\n\r?\n|\r\r/
const EVENT_ENDS = new RegExp(EVENT_END, 'g')
/** How much of the end of an event may have arrived before the read that completes it. */
const SEAM_BYTES = 3
/** Larger than any event. Bytes that end no event up to this size are forwarded as they are. */
const MAX_HELD_BYTES = 16 * 1024 * 1024

/** @param mayLeaveOut a cheap check of many events at once: false if none of them is to be removed. */
export const createEventFilter = (
  mayLeaveOut: (events: ByteString) => boolean,
  isRemoved: (event: ByteString) => boolean,
): EventFilter => {
  const held = createGrowingText()
  let heldBytes = 0
  let seam: ByteString = ''

  const hold = (bytes: ByteString): void => {
    held.add(bytes)
    heldBytes += bytes.length
    seam = (seam + bytes.slice(-SEAM_BYTES)).slice(-SEAM_BYTES)
  }
  const take = (): ByteString => {
    seam = ''
    heldBytes = 0
    return held.take()
  }

  /** Filters complete events. The incomplete one after them is held back. */
  const filter = (text: ByteString, searched: number): ByteString => {
    let out: ByteString = ''
    let kept = 0
    let start = 0
    if (text.includes('\r') || mayLeaveOut(text)) {
      EVENT_ENDS.lastIndex = searched
      while (EVENT_ENDS.test(text)) {
        const end = EVENT_ENDS.lastIndex
        if (isRemoved(text.slice(start, end))) {
          out += text.slice(kept, start)
          kept = end
        }
        start = end
      }
    } else {
      const last = text.lastIndexOf('\n\n')
      if (last !== -1) start = last + 2
    }
    out += text.slice(kept, start)
    // Copied, so that what is held back does not retain the complete read.
    if (start < text.length) hold(detach(text.slice(start)))
    return out
  }

  return {
    push(bytes) {
      if (heldBytes === 0) return filter(bytes, 0)
      let out: ByteString = ''
      // A long event in small pieces is neither joined nor searched again for each piece.
      if (EVENT_END.test(seam + bytes)) {
        const searched = Math.max(0, heldBytes - SEAM_BYTES)
        out = filter(take() + bytes, searched)
      } else hold(bytes)
      return heldBytes > MAX_HELD_BYTES ? out + take() : out
    },
    end: take,
    get heldBytes() {
      return heldBytes
    },
  }
}
