/** Takes single events out of a relayed stream; of all others no byte is touched. */
import { type ByteString, createGrowingText, detach } from '#streams'

export interface EventFilter {
  /** What may go on of all that has come. Half an event is held back until it is whole. */
  push(bytes: ByteString): ByteString
  /** What is left. */
  end(): ByteString
  /** Of half an event. */
  readonly heldBytes: number
}

const EVENT_END = /\r\n\r\n|\n\r?\n|\r\r/
const EVENT_ENDS = new RegExp(EVENT_END, 'g')
/** Of the end of an event, so much may have come before the read that completes it. */
const SEAM_BYTES = 3
/** More than any event holds: what ends none is passed on as it is. */
const MAX_HELD_BYTES = 16 * 1024 * 1024

/** @param mayLeaveOut answers for many events at once, cheaply: false where none of them is left out. */
export const createEventFilter = (
  mayLeaveOut: (events: ByteString) => boolean,
  isLeftOut: (event: ByteString) => boolean,
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

  /** Of complete events, and the half one behind them, which is held back. */
  const filter = (text: ByteString, searched: number): ByteString => {
    let out: ByteString = ''
    let kept = 0
    let start = 0
    if (text.includes('\r') || mayLeaveOut(text)) {
      EVENT_ENDS.lastIndex = searched
      while (EVENT_ENDS.test(text)) {
        const end = EVENT_ENDS.lastIndex
        if (isLeftOut(text.slice(start, end))) {
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
    // What is held back must not keep alive all that was read with it.
    if (start < text.length) hold(detach(text.slice(start)))
    return out
  }

  return {
    push(bytes) {
      if (heldBytes === 0) return filter(bytes, 0)
      let out: ByteString = ''
      // A long event in small pieces is neither joined nor searched again with each of them.
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
