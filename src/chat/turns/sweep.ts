/** What is done from time to time: runs without a process end, and sessions that have expired are deleted. */
import { reasonOf } from '#model'
import type { SessionKey } from '../sessions/session-store.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { Surroundings } from './live/core.ts'
import { isTakenOver } from './log/leaving.ts'
import { nameOf, OwnedElsewhere } from './replicas/wire.ts'

export interface Sweep {
  start(): Promise<void>
  stop(): void
}

const EXPIRE_EVERY_MS = 60_000
const MAX_AT_ONCE = 100
const RECOVER_AGAIN_MS = 2_000
/** Sessions that are opened at the same time. */
const MAX_OPENED = 8

/** Whoever had a session for a moment only, to look at it, is asked about again. */
const ASKED_AGAIN_MS = 10_000

interface Owned {
  readonly owner: string
  readonly at: number
}

export const createSweep = (around: Surroundings, sessions: LiveSessions): Sweep => {
  const { store, hasStored, log, now } = around
  const replicas = around.replicas?.replicas
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let again: NodeJS.Timeout | undefined
  let isRecovering = false
  let isAskedAgain = false
  /** Who had them when this process last asked. Whoever lives takes care of them. */
  const elsewhere = new Map<string, Owned>()

  /** To open a session is enough: what is unfinished in it then goes on or ends. */
  const openAll = async (keys: readonly SessionKey[]): Promise<void> => {
    const left = [...keys]
    const openSome = async (): Promise<void> => {
      for (;;) {
        const key = left.pop()
        if (!key || isStopped) return
        await openOne(key)
      }
    }
    await Promise.all(Array.from({ length: MAX_OPENED }, openSome))
  }

  const openOne = async (key: SessionKey): Promise<void> => {
    try {
      await sessions.use(key, () => Promise.resolve())
      elsewhere.delete(nameOf(key))
    } catch (thrown) {
      if (thrown instanceof OwnedElsewhere)
        elsewhere.set(nameOf(key), { owner: thrown.owner, at: now() })
      else if (!isTakenOver(thrown)) throw thrown
    }
  }

  /** Whether nobody else goes on with it, as far as this process knows. */
  const isAbandoned = (key: SessionKey, living: ReadonlySet<string>): boolean =>
    !sessions.has(key) && !isOwnedBy(living, elsewhere.get(nameOf(key)))

  const isOwnedBy = (living: ReadonlySet<string>, known: Owned | undefined): boolean =>
    known !== undefined && living.has(known.owner) && now() - known.at < ASKED_AGAIN_MS

  const recoverAll = async (): Promise<void> => {
    const living = new Set(await replicas?.living())
    const known = new Set<string>()
    let after: SessionKey | undefined
    for (;;) {
      const keys = await store.unfinished(MAX_AT_ONCE, after)
      await openAll(keys.filter((key) => isAbandoned(key, living)))
      for (const key of keys) known.add(nameOf(key))
      after = keys.at(-1)
      if (keys.length < MAX_AT_ONCE || isStopped) break
    }
    for (const name of elsewhere.keys()) if (!known.has(name)) elsewhere.delete(name)
  }

  const recover = async (): Promise<void> => {
    clearTimeout(again)
    if (isRecovering) return void (isAskedAgain = true)
    isRecovering = true
    let isDone = false
    try {
      if (await hasStored()) await recoverAll()
      isDone = !replicas
    } catch (thrown) {
      log.warn({ reason: reasonOf(thrown) }, 'unfinished runs cannot be ended yet')
    }
    isRecovering = false
    if (isStopped || isDone) return
    again = setTimeout(() => void recover(), isAskedAgain ? 0 : RECOVER_AGAIN_MS).unref()
    isAskedAgain = false
  }

  const expireSessions = async (): Promise<void> => {
    for (;;) {
      const deleted = await store.expire(now(), MAX_AT_ONCE, sessions.isUsed)
      if (isStopped || deleted < MAX_AT_ONCE) return
    }
  }

  const expire = async (): Promise<void> => {
    if (!sessions.wereUsed && !(await hasStored())) return
    try {
      await sessions.forgetDeparted()
      await expireSessions()
      if (!isStopped) await store.uploads.expire()
    } catch (thrown) {
      log.warn({ reason: reasonOf(thrown) }, 'expired sessions cannot be deleted yet')
    }
  }

  return {
    async start() {
      timer = setInterval(() => void expire(), EXPIRE_EVERY_MS).unref()
      around.replicas?.calls.onEvent({
        gone(process) {
          // It is asked at once whose they are now.
          for (const [name, { owner }] of elsewhere) if (owner === process) elsewhere.delete(name)
          if (!isStopped) void recover()
        },
      })
      await recover()
    },
    stop() {
      isStopped = true
      clearInterval(timer)
      clearTimeout(again)
    },
  }
}
