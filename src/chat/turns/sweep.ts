/** What is done from time to time: runs without a process end, and sessions that have expired are deleted. */
import { reasonOf } from '#model'
import type { SessionKey } from '../sessions/session-store.ts'
import type { LiveSessions } from './live-sessions.ts'
import type { Surroundings } from './live/core.ts'

export interface Sweep {
  start(): Promise<void>
  stop(): void
}

const EXPIRE_EVERY_MS = 60_000
const MAX_AT_ONCE = 100
const RECOVER_AGAIN_MS = 2_000
/** Sessions that are opened at the same time. */
const MAX_OPENED = 8

export const createSweep = (around: Surroundings, sessions: LiveSessions): Sweep => {
  const { store, hasStored, log, now } = around
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let again: NodeJS.Timeout | undefined

  /** To open a session is enough: what is unfinished in it then goes on or ends. */
  const openAll = async (keys: readonly SessionKey[]): Promise<void> => {
    const left = [...keys]
    const openSome = async (): Promise<void> => {
      for (;;) {
        const key = left.pop()
        if (!key || isStopped) return
        await sessions.use(key, () => Promise.resolve())
      }
    }
    await Promise.all(Array.from({ length: MAX_OPENED }, openSome))
  }

  const recover = async (): Promise<void> => {
    try {
      const known = new Set<string>()
      for (;;) {
        const keys = await store.unfinished(MAX_AT_ONCE)
        const fresh = keys.filter((key) => !known.has(JSON.stringify(key)))
        for (const key of fresh) known.add(JSON.stringify(key))
        await openAll(fresh)
        if (isStopped || fresh.length === 0 || keys.length < MAX_AT_ONCE) return
      }
    } catch (thrown) {
      log.warn({ reason: reasonOf(thrown) }, 'unfinished runs cannot be ended yet')
      if (!isStopped) again = setTimeout(() => void recover(), RECOVER_AGAIN_MS).unref()
    }
  }

  const expire = async (): Promise<void> => {
    if (!sessions.wereUsed && !(await hasStored())) return
    try {
      await sessions.forgetDeparted()
      for (;;) {
        const deleted = await store.expire(now(), MAX_AT_ONCE, sessions.has)
        if (isStopped || deleted < MAX_AT_ONCE) return
      }
    } catch (thrown) {
      log.warn({ reason: reasonOf(thrown) }, 'expired sessions cannot be deleted yet')
    }
  }

  return {
    async start() {
      timer = setInterval(() => void expire(), EXPIRE_EVERY_MS).unref()
      if (await hasStored()) await recover()
    },
    stop() {
      isStopped = true
      clearInterval(timer)
      clearTimeout(again)
    },
  }
}
