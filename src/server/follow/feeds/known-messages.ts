/** A client of the canonical events: it keeps all messages by their ids, and may not have been sent all of them. */
import type { SessionMessage } from '#model'
import type { Shown } from './branch-feed.ts'
import { createShownRuns } from './shown-runs.ts'

/** Who has a message has all that it follows. */
const idsOf = (messages: readonly SessionMessage[]): Set<string> =>
  new Set(messages.map(({ message_id: id }) => id))

/** @param history what it was sent first. */
export const knownMessages = (history: readonly SessionMessage[]): Shown => {
  let known = idsOf(history)
  let runs = createShownRuns(history)

  const show = (messages: readonly SessionMessage[]): void => {
    known = idsOf(messages)
    runs = createShownRuns(messages)
  }

  return {
    show,
    has: (event) => runs.has(event),
    lacks({ event }) {
      switch (event.type) {
        case 'user_message':
        case 'run_start':
          known.add(event.message_id)
          return false
        case 'snapshot':
          show(event.messages)
          return false
        case 'history_cleared':
          known.clear()
          return false
        case 'head':
          return event.message_id !== null && !known.has(event.message_id)
        default:
          return false
      }
    },
  }
}
