/**
 * A feed for clients that may lack a branch: where the head moves to it, they get a snapshot, and nothing more of a run that
 * goes on beside it.
 */
import type { JoinedSession, SessionReader } from '#chat'
import { type SentEvent, type SessionMessage, toGatewayError } from '#model'
import { type Position, writePosition } from '#runs'
import { createFeed, type Feed } from './feed.ts'
import { createShownRuns, type ShownRuns } from './shown-runs.ts'

/** What a client has. */
export interface Shown extends ShownRuns {
  /** Whether its client gets a snapshot in place of this event. Asked once for each event, in order. */
  lacks(event: SentEvent): boolean
}

/** A dialect that shows one branch. @param branch that of the head when the client came. */
export const oneBranch = (branch: readonly SessionMessage[]): Shown => ({
  ...createShownRuns(branch),
  lacks: ({ event }) => event.type === 'head',
})

export const createBranchFeed = (
  joined: JoinedSession,
  begin: Position,
  reader: SessionReader,
  shown: Shown,
): Feed => {
  /** Present while a snapshot is awaited: the last event that was sent. */
  let held: Position | undefined
  /** Rises when something else is read: a snapshot that comes later is not sent. */
  let round = 0

  const feed = createFeed(joined, begin, {
    take(events) {
      const moved = events.findIndex(shown.lacks)
      if (moved === -1) return reader.take(events.filter(shown.has))
      const before = events.slice(0, moved).filter(shown.has)
      held = positionBefore(events, moved) ?? feed.position
      if (before.length > 0) reader.take(before)
      feed.stop()
      void showBranch()
      return false
    },
    end: (reason, position) => reader.end(reason, position),
  })

  const showBranch = async (): Promise<void> => {
    const mine = ++round
    try {
      const { messages, position } = await joined.snapshot()
      if (mine !== round) return
      const event = { type: 'snapshot', messages, position: writePosition(position) } as const
      shown.show(messages)
      reader.take([{ event }])
      await restart(position)
    } catch (thrown) {
      if (mine === round) reader.end(toGatewayError(thrown), held ?? feed.position)
    }
  }
  const restart = (position: Position): Promise<void> => {
    round++
    held = undefined
    return feed.start(position)
  }

  return {
    get position() {
      return held ?? feed.position
    },
    start: restart,
    resume: () => feed.resume(),
    stop() {
      round++
      feed.stop()
    },
  }
}

/** Undefined if the event before it is not of the log. */
const positionBefore = (events: readonly SentEvent[], place: number): Position | undefined => {
  const before = events[place - 1]
  const moved = events[place]
  if (before?.seq !== undefined) return { epoch: before.epoch, seq: before.seq }
  return moved?.seq === undefined ? undefined : { epoch: moved.epoch, seq: moved.seq - 1 }
}
