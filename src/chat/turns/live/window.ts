/** Events are kept while a run lasts, and for a while after it. Later a reader gets the messages in their place. */
import type { SessionCore } from './core.ts'

export interface EventWindow {
  /** A run has begun or ended. */
  changed(): void
  stop(): void
}

/** For how long events are kept after the last run. */
export const WINDOW_MS = 10 * 60 * 1000

export const createEventWindow = (core: SessionCore): EventWindow => {
  let timer: NodeJS.Timeout | undefined

  const forget = (): void => {
    const upTo = core.log.lastSeq
    core.log.forget(upTo)
    // What is not forgotten now is forgotten the next time.
    core.around.store.forget(core.key, upTo).catch(() => undefined)
  }

  const changed = (): void => {
    clearTimeout(timer)
    timer = core.run ? undefined : setTimeout(forget, WINDOW_MS).unref()
  }

  return { changed, stop: () => clearTimeout(timer) }
}
