/** Who is in a session, and what happens when nobody is. */
import type { SessionCore } from './core.ts'
import type { ActiveRun } from '../run/active-run.ts'

interface PresenceOptions {
  readonly core: () => SessionCore
  readonly abandonAfterMs: () => number
  /** A run goes on for too long without readers. */
  readonly onAbandoned: (run: ActiveRun) => void
  /** Nobody is there, and nothing is to be done. */
  readonly onIdle: () => void
}

export interface Visits {
  readonly count: number
  readonly isIdle: boolean
  changed(): void
  come(): void
  go(): void
  /** Nothing happens any more. */
  stop(): void
}

/** For how long a session stays in memory that nobody uses. */
const LINGER_MS = 10_000

export const createPresence = (options: PresenceOptions): Visits => {
  let count = 0
  let isStopped = false
  let lingering: NodeJS.Timeout | undefined
  let abandoning: { readonly run: ActiveRun; readonly timer: NodeJS.Timeout } | undefined

  const isIdle = (): boolean => {
    const { run, queue } = options.core()
    return count === 0 && !run && queue.length === 0
  }

  const watchRun = (): void => {
    const { run } = options.core()
    const isAlone = run !== undefined && count === 0
    if (abandoning && (!isAlone || abandoning.run !== run)) {
      clearTimeout(abandoning.timer)
      abandoning = undefined
    }
    if (isAlone && !abandoning) {
      const timer = setTimeout(() => options.onAbandoned(run), options.abandonAfterMs()).unref()
      abandoning = { run, timer }
    }
  }

  const changed = (): void => {
    if (isStopped) return
    watchRun()
    clearTimeout(lingering)
    lingering = isIdle() ? setTimeout(options.onIdle, LINGER_MS).unref() : undefined
  }

  return {
    get count() {
      return count
    },
    get isIdle() {
      return isIdle()
    },
    changed,
    come() {
      count++
      changed()
    },
    go() {
      count--
      changed()
    },
    stop() {
      isStopped = true
      clearTimeout(lingering)
      clearTimeout(abandoning?.timer)
    },
  }
}
