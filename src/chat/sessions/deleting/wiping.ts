/**
 * Removes from the disk what is deleted in SQLite, a moment after it happened and once for all that is deleted until then.
 * The rows are overwritten at once. Words are in the index until its parts are merged, and everything is in the journal.
 */
import type { Rows } from '#stores'

const WIPE_AFTER_MS = 1_000
/** A large index takes longer. It takes a twentieth of the time at most. */
const RESTS = 20

/** To be called when something was deleted. */
export const createWiping = (rows: Rows): (() => void) => {
  let timer: NodeJS.Timeout | undefined
  let working = false
  let isDue = false
  let restsUntil = 0

  const wipe = async (): Promise<void> => {
    timer = undefined
    working = true
    isDue = false
    const startedAt = performance.now()
    try {
      const store = await rows.open()
      if (store.kind === 'sqlite') {
        await (await import('./merge-words.ts')).mergeWords(store)
        await store.wipe()
      }
    } catch {
      // It is done with the next deletion.
    }
    working = false
    restsUntil = performance.now() + (performance.now() - startedAt) * RESTS
    if (isDue) soon()
  }

  const soon = (): void => {
    isDue = true
    if (rows.kind !== 'sqlite' || timer || working) return
    const afterMs = Math.max(WIPE_AFTER_MS, restsUntil - performance.now())
    timer = setTimeout(() => void wipe(), afterMs).unref()
  }

  return soon
}
