/** Asks Sluice how it is, as whoever runs it does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { send } from '../tools/app/send.ts'
import { within } from '../tools/app/within.ts'

export interface WatchReport {
  readonly worstMs: number
  /** How often it said that it is not ready. */
  readonly unready: number
}

export interface Watcher {
  stop(): Promise<WatchReport>
}

const EVERY_MS = 100
const ENDS_WITHIN_MS = 40_000

export const startWatcher = (url: string): Watcher => {
  let worstMs = 0
  let unready = 0
  let stopped = false

  const loop = async () => {
    while (!stopped) {
      const startedAt = performance.now()
      try {
        const { status } = await within(ENDS_WITHIN_MS, 'it answers', send(url, '/health/ready'))
        if (status === 503) unready++
      } catch {
        // Whether it lives is asked elsewhere.
      }
      worstMs = Math.max(worstMs, performance.now() - startedAt)
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
