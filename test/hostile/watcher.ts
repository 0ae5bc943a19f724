/** Asks Sluice how it is, as whoever runs it does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { send } from '../app/send.ts'

export interface WatchReport {
  readonly worstMs: number
  /** How often it said that it is not ready. */
  readonly unready: number
}

export interface Watcher {
  stop(): Promise<WatchReport>
}

const EVERY_MS = 100

export const startWatcher = (url: string): Watcher => {
  let worstMs = 0
  let unready = 0
  let stopped = false

  const loop = async () => {
    while (!stopped) {
      const startedAt = performance.now()
      try {
        const { status } = await send(url, '/health/ready')
        if (status === 503) unready++
        worstMs = Math.max(worstMs, performance.now() - startedAt)
      } catch {
        // Whether it lives is asked elsewhere.
      }
      await sleep(EVERY_MS)
    }
  }
  const looped = loop()

  return {
    async stop() {
      stopped = true
      await looped
      return { worstMs, unready }
    },
  }
}
