/** A session of another process, as this one follows it. */
import { randomUUID } from 'node:crypto'
import type { CommandOutcome, GatewayError, LogEvent, StampedEvent } from '#model'
import { type Position } from '#runs'
import type { ReplicaCalls } from '#stores'
import type { JoinedSession } from '../../chat.ts'
import { toSentVisitor } from '../../sent-visitor.ts'
import type { SessionKey } from '../../sessions/session-store.ts'
import { followLog, type Snapshot } from '../log/follow.ts'
import { deleted, isMoved, moved } from '../log/leaving.ts'
import { createSessionLog, type SessionLog } from '../log/session-log.ts'
import type { LongAnswers } from './pieces.ts'
import {
  type Commanded,
  type Follow,
  type Followed,
  type Left,
  type LogPart,
  type Named,
  nameOf,
  SAID,
  type Unfollow,
  type Where,
} from './wire.ts'

/** Somebody who is in the session, whatever process has it. */
export interface Visit {
  readonly id: string
  /** The owner of the session has heard of it. */
  hasActed: boolean
}

export interface Mirror {
  readonly owner: string
  readonly isIdle: boolean
  /** Undefined while somebody may read. */
  readonly gone: GatewayError | undefined
  /** Resolves with false if there is no such session. @throws GatewayError */
  open(): Promise<boolean>
  join(isNew: boolean, visit: Visit): JoinedSession
  /** Whether it follows this session in its owner's memory, as far as it is known. */
  isOf(live: string): boolean
  receive(part: LogPart): void
  /** Ends as soon as no run is in progress. */
  drain(reason: GatewayError): void
  /** Nobody reads it any more. @param tells whether the owner has to be told. */
  end(reason: GatewayError, tells?: boolean): void
}

interface MirrorOptions {
  readonly key: SessionKey
  readonly owner: string
  readonly calls: ReplicaCalls
  readonly long: LongAnswers
  /** Whether the owner is still the owner. */
  readonly isOwned: () => Promise<boolean>
  readonly onIdle: () => void
  readonly onEnd: () => void
}

/** A command may wait for others, for the store, and for a run to end. */
const COMMAND_MS = 10_000

/** How long a reader waits that is ahead of this log. */
const CATCH_UP_MS = 1_000

const AGAIN_MS = 1_000
const MOST_TIMES = 10

interface State extends Pick<Followed, 'live'> {
  readonly log: SessionLog
  head: string | null
  activeRun: string | undefined
}

export const createMirror = (options: MirrorOptions): Mirror => {
  const { key, owner, calls, long } = options
  const follow: Follow = { key, id: randomUUID() }
  /** What came before it is known what came before. */
  let early: LogPart[] = []
  let state: State | undefined
  let gone: GatewayError | undefined
  let leaving: GatewayError | undefined
  let count = 0

  const ending = Promise.withResolvers<never>()
  ending.promise.catch(() => undefined)

  /** What is only asked is not waited for when this mirror ends: the answer may be lost. */
  const whileItLasts = <Answer>(asked: Promise<Answer>): Promise<Answer> =>
    Promise.race([asked, ending.promise])

  const opened = (): State => {
    if (!state) throw moved()
    return state
  }

  const open = async (): Promise<boolean> => {
    const asked = long.ask(owner, SAID.follow, follow)
    const followed = (await whileItLasts(asked)) as Followed | undefined
    if (gone) throw gone
    if (!followed) return false
    const { live, head, activeRun } = followed
    state = { live, log: createSessionLog(followed), head, activeRun: activeRun ?? undefined }
    for (const part of early) receive(part)
    early = []
    if (gone) throw gone
    return true
  }

  const receive = (part: LogPart): void => {
    if (gone) return
    if (!state) return void early.push(part)
    if (part.live !== state.live) return
    if (part.raised) state.log.adopt(part.raised)
    if (part.forgotten !== undefined) state.log.forget(part.forgotten)
    if (part.event) append(state, part.event)
    if (leaving && state.activeRun === undefined) end(leaving)
  }

  const append = (known: State, stamped: StampedEvent): void => {
    const { log } = known
    if (stamped.seq <= log.lastSeq) return
    // Something is missing: whoever reads begins again where it is.
    if (stamped.seq > log.lastSeq + 1) return end(moved())
    apply(known, stamped.event)
    log.append(stamped)
  }

  const end = (reason: GatewayError, tells = true): void => {
    if (gone) return
    gone = reason
    ending.reject(reason)
    early = []
    options.onEnd()
    state?.log.drop()
    const told: Unfollow = { name: nameOf(key), id: follow.id }
    if (tells) void sayUntilHeard(SAID.unfollow, told)
  }

  /** What the owner does not learn would stay in its memory. */
  const sayUntilHeard = async (name: string, value: unknown): Promise<void> => {
    for (let times = 0; times < MOST_TIMES; times++)
      try {
        return void (await calls.ask(owner, name, value))
      } catch {
        await new Promise((resolve) => void setTimeout(resolve, AGAIN_MS).unref())
      }
  }

  /** @throws GatewayError */
  const checkPresent = (): void => {
    if (gone) throw gone
  }

  /** @throws GatewayError */
  const ask = async (question: () => Promise<unknown>): Promise<unknown> => {
    checkPresent()
    try {
      const answer = await question()
      if (answer === undefined || answer === null) throw deleted()
      return answer
    } catch (thrown) {
      if (isMoved(thrown)) end(moved())
      throw thrown
    }
  }

  const snapshot = async (): Promise<Snapshot> => {
    const asked: Named = { key }
    return (await ask(() => whileItLasts(long.ask(owner, SAID.snapshot, asked)))) as Snapshot
  }

  /** This log is behind its owner's. What comes before the answer of the owner has arrived then. */
  const catchUp = async (position: Position): Promise<void> => {
    const known = opened()
    if (!known.log.judge(position).rewindTo) return
    const asked: Named = { key }
    const answer = await calls.ask(owner, SAID.where, asked, CATCH_UP_MS).catch(() => undefined)
    if (gone || !answer) return
    const { live, ...epochs } = answer as Where
    if (live !== known.live) return end(moved())
    known.log.adopt(epochs)
    if (position.epoch > epochs.epoch && !(await options.isOwned())) end(moved())
  }

  const join = (isNew: boolean, visit: Visit): JoinedSession => {
    let hasLeft = false
    count++
    return {
      id: key.id,
      isNew,
      get position() {
        return opened().log.position
      },
      get head() {
        return opened().head
      },
      get activeRun() {
        return opened().activeRun
      },
      history: async () => (await snapshot()).event.messages,
      async snapshot() {
        const { event, position } = await snapshot()
        return { messages: event.messages, position }
      },
      async follow(position, reader) {
        checkPresent()
        if (position) await catchUp(position)
        checkPresent()
        return followLog({ log: opened().log, reader, snapshot, gone: () => gone }, position)
      },
      async command(command, by) {
        visit.hasActed = true
        const asked: Commanded = { key, visit: visit.id, command, by: toSentVisitor(by) }
        const outcome = await ask(() => calls.ask(owner, SAID.command, asked, COMMAND_MS))
        return outcome as CommandOutcome
      },
      leave() {
        if (hasLeft) return
        hasLeft = true
        count--
        const left: Left = { key, visit: visit.id }
        if (visit.hasActed && !gone) void sayUntilHeard(SAID.leave, left)
        if (count === 0) options.onIdle()
      },
    }
  }

  return {
    owner,
    get isIdle() {
      return count === 0
    },
    get gone() {
      return gone
    },
    open,
    isOf: (live) => !state || state.live === live,
    join,
    receive,
    drain(reason) {
      leaving = reason
      if (state?.activeRun === undefined) end(reason)
    },
    end,
  }
}

const apply = (state: State, event: LogEvent): void => {
  if (event.type === 'run_start') {
    state.activeRun = event.run_id
    state.head = event.message_id
  } else if (event.type === 'run_end') state.activeRun = undefined
  else if (event.type === 'user_message' || event.type === 'head') state.head = event.message_id
  else if (event.type === 'history_cleared') state.head = null
}
