/** Takes single events out of a relayed stream; of all others no byte is touched. */
import { type ByteString, detach } from '#streams'

interface EventFilter {
  /** What may go on of all that has come. Half an event is held back until it is whole. */
  push(bytes: ByteString): ByteString
  /** What is left. */
  end(): ByteString
}

const EVENT_END = /\r\n\r\n|\n\r?\n|\r\r/g
/** More than any event holds: what ends none is given on as it is. */
const MAX_HELD_BYTES = 16 * 1024 * 1024

/** @param mayLeaveOut answers for many events at once, cheaply: false where none of them is left out. */
export const createEventFilter = (
  mayLeaveOut: (events: ByteString) => boolean,
  isLeftOut: (event: ByteString) => boolean,
): EventFilter => {
  let held: ByteString = ''

  return {
    push(bytes) {
      // The end of an event may have come in part.
      const searched = Math.max(0, held.length - 3)
      held += bytes
      let out: ByteString = ''
      let kept = 0
      let start = 0
      if (held.includes('\r') || mayLeaveOut(held)) {
        EVENT_END.lastIndex = searched
        while (EVENT_END.test(held)) {
          const end = EVENT_END.lastIndex
          if (isLeftOut(held.slice(start, end))) {
            out += held.slice(kept, start)
            kept = end
          }
          start = end
        }
      } else {
        const last = held.lastIndexOf('\n\n')
        if (last !== -1) start = last + 2
      }
      out += held.slice(kept, start)
      // What is held back must not keep alive all that was read with it.
      held = start === held.length ? '' : detach(held.slice(start))
      return held.length > MAX_HELD_BYTES ? out + this.end() : out
    },
    end() {
      const rest = held
      held = ''
      return rest
    },
  }
}
