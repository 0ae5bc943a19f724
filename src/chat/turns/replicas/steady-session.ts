/** A session as a visitor has it, whatever process has the session: when that changes, nothing is lost or comes twice. */
import { type GatewayError, toGatewayError } from '#model'
import type { Position } from '#runs'
import type { JoinedSession, SessionFollowing, SessionReader } from '../../chat.ts'
import { storeUnavailable } from '../log/from-store.ts'
import { asUnsure, goingAway, isMoved } from '../log/leaving.ts'

interface Steady {
  /** The session where it is now. */
  readonly joined: JoinedSession
  /** Joins it where it has gone. Rejects if it is nowhere. */
  readonly joinAgain: () => Promise<JoinedSession>
}

/** How often something is asked for that has moved each time. */
const MOST_MOVES = 5

/** A client that waits for longer would ask again. */
const PATIENCE_MS = 3_000

export const keepSteady = ({ joined, joinAgain }: Steady): JoinedSession => {
  let now = joined
  let hasLeft = false
  let moving: Promise<void> | undefined

  const move = async (): Promise<void> => {
    const next = await joinAgain()
    now = next
    if (hasLeft) next.leave()
  }

  /** Once for all that wait for it. @param from where the session is no longer. */
  const moveFrom = (from: JoinedSession): Promise<void> => {
    if (now !== from) return Promise.resolve()
    moving ??= move().finally(() => (moving = undefined))
    return moving
  }

  const steadily = async <Result>(
    work: (session: JoinedSession) => Promise<Result>,
    isPatient: boolean,
  ): Promise<Result> => {
    for (let moves = 0; ; moves++) {
      const tried = now
      try {
        return await work(tried)
      } catch (thrown) {
        if (!isMoved(thrown) || moves === MOST_MOVES) throw asUnsure(thrown)
        const hasMoved = moveFrom(tried)
        await (isPatient ? hasMoved : within(hasMoved))
      }
    }
  }

  return {
    id: joined.id,
    isNew: joined.isNew,
    get position() {
      return now.position
    },
    get head() {
      return now.head
    },
    get activeRun() {
      return now.activeRun
    },
    history: () => steadily((session) => session.history(), false),
    snapshot: () => steadily((session) => session.snapshot(), false),
    command: (command, by) => steadily((session) => session.command(command, by), false),
    follow: (position, reader) => followSteadily(steadily, position, reader),
    leave() {
      hasLeft = true
      // Where it is just going, it leaves when it has arrived.
      if (!moving) now.leave()
    },
  }
}

const within = async (work: Promise<void>): Promise<void> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(storeUnavailable()), PATIENCE_MS)
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

type Steadily = <Result>(
  work: (session: JoinedSession) => Promise<Result>,
  isPatient: boolean,
) => Promise<Result>

const followSteadily = async (
  steadily: Steadily,
  asked: Position | undefined,
  reader: SessionReader,
): Promise<SessionFollowing> => {
  let following: SessionFollowing | undefined
  /** Rises with every place in which it reads: those before say nothing any more. */
  let round = 0
  let position: Position | undefined
  let isOver = false
  let isFull = false
  /** Reads on when it takes more. */
  let isWaiting = false

  const toReader = (mine: number): SessionReader => ({
    take(events) {
      if (isOver || mine !== round) return false
      // It may call `resume` before it answers that it is full.
      isFull = true
      if (reader.take(events)) isFull = false
      return !isFull
    },
    end(reason, at) {
      if (isOver || mine !== round) return
      position = at
      following = undefined
      round++
      if (isMoved(reason)) readOn()
      else end(reason)
    },
  })

  const end = (reason: GatewayError): void => {
    isOver = true
    reader.end(reason, position ?? { epoch: 0, seq: 0 })
  }

  const begin = async (from: Position | undefined): Promise<void> => {
    const mine = ++round
    const opened = await steadily((session) => {
      position ??= session.position
      return session.follow(from, toReader(mine))
    }, true)
    if (isOver || mine !== round) return opened.stop()
    following = opened
  }

  /** What it has is compared with the log as it is now. */
  const readOn = (): void => {
    if (isFull) {
      isWaiting = true
      return
    }
    begin(position).catch((thrown: unknown) => {
      if (!isOver) end(toFarewell(toGatewayError(thrown)))
    })
  }

  await begin(asked)
  return {
    get position() {
      return following?.position ?? position ?? { epoch: 0, seq: 0 }
    },
    resume() {
      isFull = false
      if (isWaiting) {
        isWaiting = false
        readOn()
      } else following?.resume()
    },
    stop() {
      isOver = true
      following?.stop()
    },
  }
}

/** A reader whose session cannot be found now comes back elsewhere, or later. */
const toFarewell = (reason: GatewayError): GatewayError =>
  reason.code === 'store_unavailable' ? goingAway() : reason
