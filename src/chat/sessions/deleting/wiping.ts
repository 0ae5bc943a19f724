/** Empties the journal of SQLite a moment after something was deleted, once for all that is deleted until then. */
import type { Rows } from '#stores'

const WIPE_AFTER_MS = 1_000

export const createWiping = (rows: Rows): (() => void) => {
  let timer: NodeJS.Timeout | undefined

  const wipe = async (): Promise<void> => {
    timer = undefined
    const store = await rows.open()
    if (store.kind === 'sqlite') await store.wipe()
  }

  return () => {
    if (rows.kind !== 'sqlite') return
    // If it fails, the journal is emptied with the next deletion, or when the file is closed.
    timer ??= setTimeout(() => void wipe().catch(() => undefined), WIPE_AFTER_MS).unref()
  }
}
