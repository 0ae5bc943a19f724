/** The sessions of several processes: each is in the memory of one of them, and the others follow it there. */
import { randomUUID } from 'node:crypto'
import { toGatewayError } from '#model'
import { GIVE_UP_MS } from '#stores'
import type { JoinedSession } from '../../chat.ts'
import type { SessionKey } from '../../sessions/session-store.ts'
import { createLiveSessions, type LiveSessions, type LookedAt } from '../live-sessions.ts'
import type { Neighbours, Surroundings } from '../live/core.ts'
import type { LiveSession } from '../live/live-session.ts'
import { asUnsure, goingAway, deleted, isMoved, isTakenOver, moved } from '../log/leaving.ts'
import { createClaims } from './claims.ts'
import { hostSessions } from './host.ts'
import type { Mirror, Visit } from './mirror.ts'
import { createMirrors } from './mirrors.ts'
import { createLongAnswers } from './pieces.ts'
import { keepSteady } from './steady-session.ts'
import { keyOfName, nameOf, OwnedElsewhere, SAID, type Named, type Tasked } from './wire.ts'

/** The sum of the pauses is what a session needs that is just handed over. */
const PAUSES_MS = [10, 20, 40, 80, 160, 200, 200, 200]

/** Longer than a lease: an owner that is silent is gone then. */
const JOIN_AGAIN_MS = 15_000
const JOIN_AGAIN_EVERY_MS = 250

const WATCH_MS = 1_000

export const createSharedSessions = (
  around: Surroundings,
  { replicas, calls }: Neighbours,
): LiveSessions => {
  const claims = createClaims(replicas)
  const long = createLongAnswers(calls)

  const local = createLiveSessions(around, {
    async claim(key) {
      const owner = await claims.take(nameOf(key))
      if (owner !== replicas.self) throw new OwnedElsewhere(owner)
    },
    release: (key) => claims.release(nameOf(key)),
    goingElsewhere: moved,
  })

  /** Not for longer than it takes to ask: whoever owns nothing in it need not keep it. */
  const ownerOf = async (key: SessionKey): Promise<string> => {
    const owner = await claims.take(nameOf(key))
    if (owner === replicas.self) claims.release(nameOf(key))
    return owner
  }

  const mirrors = createMirrors({
    calls,
    long,
    isOwned: async (key, owner) => (await ownerOf(key).catch(() => owner)) === owner,
  })
  hostSessions({ around, local, calls, long })

  const takeOnce = async (key: SessionKey): Promise<LiveSession | Mirror | undefined> => {
    const mirror = await mirrors.find(key)
    if (mirror) return mirror
    try {
      return await local.take(key)
    } catch (thrown) {
      if (thrown instanceof OwnedElsewhere) return mirrors.open(key, thrown.owner)
      // Another process has opened it in between.
      throw isTakenOver(thrown) ? moved() : thrown
    }
  }

  const joinOnce = async (
    key: SessionKey,
    isNew: boolean,
    visit: Visit,
  ): Promise<JoinedSession | undefined> => {
    const found = await takeOnce(key)
    if (found?.gone) throw moved()
    return found?.join(isNew, visit)
  }

  /** Those who were in it wait until it is somewhere. */
  const joinAgain = async (key: SessionKey, visit: Visit): Promise<JoinedSession> => {
    const until = around.now() + JOIN_AGAIN_MS
    for (;;)
      try {
        if (around.isDraining()) throw goingAway()
        const joined = await reach(() => joinOnce(key, false, visit))
        if (!joined) throw deleted()
        return joined
      } catch (thrown) {
        const isSilent = toGatewayError(thrown).code === 'store_unavailable'
        if (!isSilent || !replicas.isWell || around.now() > until) throw thrown
        await pause(JOIN_AGAIN_EVERY_MS)
      }
  }

  /** Asks whoever has it, or does it here if nobody else does. */
  const askOwner = <Result>(
    key: SessionKey,
    here: () => Promise<Result>,
    there: (owner: string) => Promise<Result>,
  ): Promise<Result> =>
    reach(async () => {
      const name = nameOf(key)
      const owner = await claims.take(name)
      if (owner !== replicas.self) return there(owner)
      try {
        return await here()
      } finally {
        claims.release(name)
      }
    }).catch((thrown: unknown) => {
      throw asUnsure(thrown)
    })

  const look: LiveSessions['look'] = async (key) => {
    const known = await local.look(key)
    if (known) return known
    try {
      return await askOwner<LookedAt | undefined>(
        key,
        () => Promise.resolve(undefined),
        async (owner) => (await long.ask(owner, SAID.look, named(key))) as LookedAt | undefined,
      )
    } catch {
      // What is stored is not the newest, but true.
      return undefined
    }
  }

  let illFor = 0
  const watch = setInterval(() => {
    const wasIll = illFor > 0
    illFor = replicas.isWell ? 0 : illFor + WATCH_MS
    if (illFor >= GIVE_UP_MS) mirrors.endAll(goingAway())
    // Nobody has told this process what has happened meanwhile.
    else if (wasIll && illFor === 0) mirrors.endAll(moved())
  }, WATCH_MS).unref()

  const stopListening = calls.onEvent({
    lost(names) {
      mirrors.endAll(moved())
      for (const name of names) {
        const key = keyOfName(name)
        if (key) void local.lose(key)
      }
    },
  })

  return {
    async join(key, isNew) {
      const visit: Visit = { id: randomUUID(), hasActed: false }
      const joined = await reach(() => joinOnce(key, isNew, visit))
      return joined && keepSteady({ joined, joinAgain: () => joinAgain(key, visit) })
    },
    use: local.use,
    perform: (key, task) =>
      askOwner(
        key,
        () => local.perform(key, task),
        async (owner) => {
          const asked: Tasked = { key, task }
          return ((await calls.ask(owner, SAID.task, asked)) ?? undefined) as object | undefined
        },
      ),
    look,
    has: local.has,
    isUsed: async (key) => local.has(key) || (await ownerOf(key)) !== replicas.self,
    forgetDeparted: local.forgetDeparted,
    delete: (key) =>
      askOwner(
        key,
        () => local.delete(key),
        async (owner) => void (await calls.ask(owner, SAID.delete, named(key))),
      ),
    get running() {
      return local.running
    },
    get wereUsed() {
      return local.wereUsed
    },
    async drain(withinMs) {
      await Promise.all([local.drain(withinMs), mirrors.drain(withinMs)])
      clearInterval(watch)
      stopListening()
    },
  }
}

const named = (key: SessionKey): Named => ({ key })

/** Where it is. Tries again while it moves. */
const reach = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  for (const pauseMs of PAUSES_MS)
    try {
      return await work()
    } catch (thrown) {
      if (!isMoved(thrown)) throw thrown
      await pause(pauseMs)
    }
  return work()
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds).unref())
