/** Reads a session for one connection, which may begin again at another position. */
import type { JoinedSession, SessionFollowing, SessionReader } from '#chat'
import { type GatewayError, toGatewayError } from '#model'
import { type Position, readPosition } from '#runs'

export interface Feed {
  /** The last event that was sent. */
  readonly position: Position
  /** Sends what comes after this position from now on. */
  start(from: Position): void
  /** Sends the events after this position again. Nothing changes for a reader that has not come so far. */
  repeat(from: string): void
  /** The client has read what it was sent. */
  resume(): void
  stop(): void
}

/** @param begin where reading begins with `start`. */
export const createFeed = (joined: JoinedSession, begin: Position, reader: SessionReader): Feed => {
  /** Rises with every start: what belongs to an earlier one is ignored. */
  let round = 0
  let from = begin
  let following: SessionFollowing | undefined

  const end = (reason: GatewayError, position: Position): void => {
    following = undefined
    from = position
    round++
    reader.end(reason, position)
  }
  const stop = (): void => {
    round++
    if (following) from = following.position
    following?.stop()
    following = undefined
  }
  const start = (position: Position): void => {
    stop()
    from = position
    const mine = round
    const isCurrent = (): boolean => mine === round
    const current: SessionReader = {
      take: (events) => isCurrent() && reader.take(events),
      end: (reason, at) => void (isCurrent() && end(reason, at)),
    }
    const open = async (): Promise<void> => {
      try {
        const opened = await joined.follow(position, current)
        if (!isCurrent()) return opened.stop()
        following = opened
        // The client may have caught up before there was anything to resume.
        opened.resume()
      } catch (thrown) {
        if (isCurrent()) end(toGatewayError(thrown), position)
      }
    }
    void open()
  }

  return {
    get position() {
      return following?.position ?? from
    },
    start,
    repeat(text) {
      const position = readPosition(text)
      const { seq } = following?.position ?? from
      if (position && position.seq < seq) start(position)
    },
    resume: () => following?.resume(),
    stop,
  }
}
