/** Whether a store in another process is used. While it is ill, calls do not wait for it: it is asked once a second. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreLog } from './live-store.ts'

export interface Health {
  readonly isWell: boolean
  /** Resolves when it has been well, or when a start should wait no longer. */
  ready(): Promise<void>
  /** A question failed. */
  fail(error: Error): void
  /** Asks it now, not at the next second. */
  ask(): Promise<void>
  close(): void
}

export interface HealthOptions {
  /** The name of the store in the log. */
  readonly store: string
  /** Rejects if it is still ill. */
  readonly probe: () => Promise<unknown>
  readonly onRecovery: () => void
  readonly log: StoreLog | undefined
}

export const PROBE_MS = 1_000

/** What a start may wait for it. */
const READY_MS = 1_000

export const createHealth = ({ store, probe, onRecovery, log }: HealthOptions): Health => {
  let isWell = false
  let isReported = false
  let isClosed = false
  let timer: NodeJS.Timeout | undefined
  const whenWell = Promise.withResolvers<void>()

  /** Only the message: the error of a connection contains the command that failed, and so may contain a password. */
  const report = ({ message }: Error): void => {
    if (isReported) return
    isReported = true
    log?.warn({ reason: message }, `${store} cannot be used`)
  }

  const recover = (): void => {
    if (isClosed) return
    clearInterval(timer)
    timer = undefined
    isWell = true
    if (isReported) log?.info({}, `${store} is used again`)
    isReported = false
    whenWell.resolve()
    onRecovery()
  }

  const ask = async (): Promise<void> => {
    try {
      await probe()
      recover()
    } catch (error) {
      fail(error as Error)
    }
  }

  const fail = (error: Error): void => {
    if (isClosed) return
    report(error)
    isWell = false
    timer ??= setInterval(ask, PROBE_MS).unref()
  }

  return {
    get isWell() {
      return isWell
    },
    ready: () => Promise.race([whenWell.promise, sleep(READY_MS, undefined, { ref: false })]),
    fail,
    ask,
    close() {
      isClosed = true
      isWell = false
      clearInterval(timer)
    },
  }
}
