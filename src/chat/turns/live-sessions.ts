/** The sessions that are in memory. Each is there once, so that there is one writer of it. */
import { cancelled, GatewayError } from '#model'
import type { JoinedSession } from '../chat.ts'
import type { SessionKey } from '../sessions/session-store.ts'
import { createDeparted } from './departed.ts'
import { fromStore } from './log/from-store.ts'
import type { SessionCore, Surroundings } from './live/core.ts'
import { goingAway } from './live/joined-session.ts'
import { type LiveSession, openLiveSession } from './live/live-session.ts'

export interface LiveSessions {
  /** Undefined if there is no such session. */
  join(key: SessionKey, isNew: boolean): Promise<JoinedSession | undefined>
  /** Keeps the session in memory while the work lasts. Undefined if there is no such session. */
  use<Result>(
    key: SessionKey,
    work: (core: SessionCore) => Promise<Result>,
  ): Promise<Result | undefined>
  /** What is in memory of it. */
  find(key: SessionKey): Promise<SessionCore | undefined>
  has(key: SessionKey): boolean
  /** Forgets events that no reader needs, of sessions that are not in memory. */
  forgetDeparted(): Promise<void>
  /** It was deleted, and everything in it ends. */
  remove(key: SessionKey): Promise<void>
  readonly running: number
  /** Whether one has ever been in memory. */
  readonly wereUsed: boolean
  /** Lets runs end, or interrupts them. Then nobody reads on. */
  drain(withinMs: number): Promise<void>
}

type Opening = Promise<LiveSession | undefined>

/** How long the end of an interrupted run may take to be stored. */
const END_MS = 2_000

const textOf = ({ owner, id }: SessionKey): string => `${owner}\n${id}`

export const createLiveSessions = (around: Surroundings): LiveSessions => {
  const sessions = new Map<string, Opening>()
  const opened = new Set<LiveSession>()
  const departed = createDeparted(around.store, around.now)
  let wereUsed = false

  const open = async (key: SessionKey, self: () => Opening | undefined): Opening => {
    const { store } = around
    const found = await fromStore(store.open(key))
    if (!found) return undefined
    const { items } = await fromStore(store.messages(key, { limit: 1 }))
    const live: LiveSession = await openLiveSession({
      key,
      opened: found,
      place: items.at(-1)?.place ?? 0,
      around,
      onIdle: () => void unload(key, live, self()),
      onLost: () => release(key, live, self()),
    })
    opened.add(live)
    departed.remove(key)
    wereUsed = true
    return live
  }

  const release = (key: SessionKey, live: LiveSession, opening: Opening | undefined): void => {
    opened.delete(live)
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

  return {
    join: async (key, isNew) => (await take(key))?.join(isNew),
    async use(key, work) {
      const live = await take(key)
      if (!live) return undefined
      const letGo = live.hold()
      try {
        return await work(live.core)
      } finally {
        letGo()
      }
    },
    find: async (key) => (await sessions.get(textOf(key))?.catch(() => undefined))?.core,
    forgetDeparted: departed.forget,
    has: (key) => sessions.has(textOf(key)),
    async remove(key) {
      const opening = sessions.get(textOf(key))
      const live = await opening?.catch(() => undefined)
      if (!live) return
      release(key, live, opening)
      live.core.run?.stop('cancelled', cancelled('The session was deleted.'))
      live.close(new GatewayError('not_found', 'The session was deleted.'))
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
      const ended = Promise.all(
        [...opened].map(async (live) => {
          await live.core.run?.ended
          live.sendReadersAway(goingAway())
        }),
      )
      await Promise.race([ended, pause(withinMs)])
      for (const { core } of opened) core.run?.stop('interrupted', goingAway())
      await Promise.race([ended, pause(END_MS)])
      for (const live of opened) live.sendReadersAway(goingAway())
      await Promise.race([settleAll(opened), pause(END_MS)])
      for (const live of opened) live.close(goingAway())
      opened.clear()
      sessions.clear()
    },
  }
}

const settleAll = (opened: ReadonlySet<LiveSession>): Promise<unknown> =>
  Promise.allSettled([...opened].map(({ core }) => core.writer.settled()))

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
