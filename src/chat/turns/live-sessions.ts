/** The sessions that are in memory. Each is there once, so that there is one writer of it. */
import { cancelled, type GatewayError } from '#model'
import type { JoinedSession } from '../chat.ts'
import { changeSession, type SessionTask } from '../sessions/resources/change-session.ts'
import type { SessionKey } from '../sessions/session-store.ts'
import { createDeparted } from './departed.ts'
import { fromStore } from './log/from-store.ts'
import { deleted, goingAway } from './log/leaving.ts'
import type { SessionCore, Surroundings } from './live/core.ts'
import type { Progress } from './live/shown-messages.ts'
import { type LiveSession, openLiveSession } from './live/live-session.ts'

export interface LiveSessions {
  /** Undefined if there is no such session. */
  join(key: SessionKey, isNew: boolean): Promise<JoinedSession | undefined>
  /** Keeps the session in memory while the work lasts. Undefined if there is no such session. */
  use<Result>(
    key: SessionKey,
    work: (core: SessionCore) => Promise<Result>,
  ): Promise<Result | undefined>
  /** @returns the session as clients are shown it. Undefined if there is none. */
  perform(key: SessionKey, task: SessionTask): Promise<object | undefined>
  /** What is in memory of it. */
  look(key: SessionKey): Promise<LookedAt | undefined>
  has(key: SessionKey): boolean
  /** Whether it is in memory, here or in another process. */
  isUsed(key: SessionKey): boolean | Promise<boolean>
  /** Forgets events that no reader needs, of sessions that are not in memory. */
  forgetDeparted(): Promise<void>
  /** Everything in it ends, and nothing of it is left. */
  delete(key: SessionKey): Promise<void>
  readonly running: number
  /** Whether one has ever been in memory. */
  readonly wereUsed: boolean
  /** Lets runs end, or interrupts them. Then nobody reads on. */
  drain(withinMs: number): Promise<void>
}

/** A session that is in memory, as it is looked at. */
export interface LookedAt extends Pick<SessionCore, 'record' | 'queue'> {
  readonly run: Progress | undefined
  /** Reads the store after everything that is being written. */
  readonly read?: SessionCore['writer']['read']
}

/** The sessions of this process among those of others. */
export interface LocalSessions extends LiveSessions {
  /** @throws GatewayError if another process has it. */
  take(key: SessionKey): Promise<LiveSession | undefined>
  /** Whether it is still the one in memory. */
  isOpen(live: LiveSession): boolean
  /** It belongs to another process now. */
  lose(key: SessionKey): Promise<void>
}

/** Which process a session belongs to. */
export interface Owning {
  /** @throws GatewayError if another process has it, or nobody can know. */
  claim(key: SessionKey): Promise<void>
  release(key: SessionKey): void
  /** What those are told who were in a session while it was lost. */
  goingElsewhere(): GatewayError
}

/** In one process, everything belongs to it. */
const ALONE: Owning = {
  claim: () => Promise.resolve(),
  release: () => undefined,
  goingElsewhere: goingAway,
}

type Opening = Promise<LiveSession | undefined>

/** How long the end of an interrupted run may take to be stored. */
const END_MS = 2_000

const textOf = ({ owner, id }: SessionKey): string => `${owner}\n${id}`

export const createLiveSessions = (around: Surroundings, owning: Owning = ALONE): LocalSessions => {
  const sessions = new Map<string, Opening>()
  const opened = new Set<LiveSession>()
  const departed = createDeparted(around.store, around.now)
  let wereUsed = false

  const open = async (key: SessionKey, self: () => Opening | undefined): Opening => {
    await owning.claim(key)
    try {
      const live = await openOwn(key, self)
      if (!live) owning.release(key)
      return live
    } catch (thrown) {
      owning.release(key)
      throw thrown
    }
  }

  const openOwn = async (key: SessionKey, self: () => Opening | undefined): Opening => {
    const { store } = around
    const found = await fromStore(store.open(key))
    if (!found) return undefined
    const { items } = await fromStore(store.messages(key, { limit: 1 }))
    let live: LiveSession | undefined
    const opening = openLiveSession({
      key,
      opened: found,
      place: items.at(-1)?.place ?? 0,
      around,
      onIdle: () => void (live && unload(key, live, self())),
      // What is lost while it is opened is not there yet.
      onLost: () => live && release(key, live, self()),
      goingElsewhere: owning.goingElsewhere,
    })
    live = await opening
    opened.add(live)
    departed.remove(key)
    wereUsed = true
    return live
  }

  const release = (key: SessionKey, live: LiveSession, opening: Opening | undefined): void => {
    if (opened.delete(live)) owning.release(key)
    if (sessions.get(textOf(key)) === opening) sessions.delete(textOf(key))
  }

  const unload = async (
    key: SessionKey,
    live: LiveSession,
    opening: Opening | undefined,
  ): Promise<void> => {
    await live.core.writer.settled().catch(() => undefined)
    if (!live.isIdle || !opened.has(live)) return
    release(key, live, opening)
    departed.add(key, live.core.log.lastSeq)
    live.close(goingAway())
  }

  const get = (key: SessionKey): Opening => {
    const name = textOf(key)
    const known = sessions.get(name)
    if (known) return known
    const opening: Opening = open(key, () => opening)
    sessions.set(name, opening)
    const forget = (): void => {
      if (sessions.get(name) === opening) sessions.delete(name)
    }
    opening.then((live) => live ?? forget(), forget)
    return opening
  }

  /** It may have been released at the moment at which it was found. */
  const take = async (key: SessionKey): Promise<LiveSession | undefined> => {
    for (;;) {
      const live = await get(key)
      if (!live || opened.has(live)) return live
    }
  }

  const use: LiveSessions['use'] = async (key, work) => {
    const live = await take(key)
    if (!live) return undefined
    const letGo = live.hold()
    try {
      return await work(live.core)
    } finally {
      letGo()
    }
  }

  const known = (key: SessionKey): Opening =>
    sessions.get(textOf(key))?.catch(() => undefined) ?? Promise.resolve(undefined)

  const end = async (key: SessionKey, close: (live: LiveSession) => void): Promise<void> => {
    const opening = sessions.get(textOf(key))
    const live = await opening?.catch(() => undefined)
    if (!live || !opened.has(live)) return
    release(key, live, opening)
    close(live)
  }

  const leave = async (live: LiveSession): Promise<void> => {
    await live.core.run?.ended
    if (owning !== ALONE) await handOver(live)
    live.sendReadersAway(goingAway())
  }

  /** Others take it over at once. */
  const handOver = async (live: LiveSession): Promise<void> => {
    const { key } = live.core
    await Promise.race([settleAll([live]), pause(END_MS)])
    release(key, live, sessions.get(textOf(key)))
    live.close(goingAway())
  }

  return {
    join: async (key, isNew) => (await take(key))?.join(isNew),
    use,
    perform: (key, task) => use(key, (core) => changeSession(core, task)),
    async look(key) {
      const core = (await known(key))?.core
      return (
        core && { record: core.record, queue: core.queue, run: core.run, read: core.writer.read }
      )
    },
    take,
    isOpen: (live) => opened.has(live),
    lose: (key) => end(key, (live) => live.close(owning.goingElsewhere())),
    forgetDeparted: departed.forget,
    has: (key) => sessions.has(textOf(key)),
    isUsed: (key) => sessions.has(textOf(key)),
    async delete(key) {
      await end(key, (live) => {
        live.core.run?.stop('cancelled', cancelled('The session was deleted.'))
        live.close(deleted())
      })
      await fromStore(around.store.delete(key))
    },
    get wereUsed() {
      return wereUsed
    },
    get running() {
      let count = 0
      for (const { core } of opened) if (core.run) count++
      return count
    },
    async drain(withinMs) {
      const ended = Promise.all([...opened].map(leave))
      await Promise.race([ended, pause(withinMs)])
      for (const { core } of opened) core.run?.stop('interrupted', goingAway())
      await Promise.race([ended, pause(END_MS)])
      for (const live of opened) live.sendReadersAway(goingAway())
      await Promise.race([settleAll(opened), pause(END_MS)])
      for (const live of opened) {
        live.close(goingAway())
        owning.release(live.core.key)
      }
      opened.clear()
      sessions.clear()
    },
  }
}

const settleAll = (opened: Iterable<LiveSession>): Promise<unknown> =>
  Promise.allSettled([...opened].map(({ core }) => core.writer.settled()))

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
