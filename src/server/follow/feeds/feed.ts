/** Reads a session for one connection, which may begin again at another position. */
import type { JoinedSession, SessionFollowing, SessionReader } from '#chat'
import { type GatewayError, toGatewayError } from '#model'
import type { Position } from '#runs'

export interface Feed {
  /** The last event that was sent. */
  readonly position: Position
  /** Sends what comes after this position from now on. Resolves when it reads, or cannot. Does not reject. */
  start(from: Position): Promise<void>
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
  const start = async (position: Position): Promise<void> => {
    stop()
    from = position
    const mine = round
    const isCurrent = (): boolean => mine === round
    const current: SessionReader = {
      take: (events) => isCurrent() && reader.take(events),
      end: (reason, at) => void (isCurrent() && end(reason, at)),
    }
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

  return {
    get position() {
      return following?.position ?? from
    },
    start,
    resume: () => following?.resume(),
    stop,
  }
}
