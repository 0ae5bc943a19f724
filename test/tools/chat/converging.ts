/** Stores for sessions that have to converge, with the moments at which a batch is stored and nobody learns of it. */
import { createSessionStore, type SessionStore } from '#chat'
import { createRows } from '#stores'
import { settle } from './chat-house.ts'
import { goneStore, memoryStore } from './memory-store.ts'

export interface ConvergingStore {
  readonly store: SessionStore
  /** The next batch is stored, and whoever sent it is told that it was not. */
  doubt(): void
  /** All batches are what they say they are. */
  beSure(): void
  /** Resolves when nothing is done any more. */
  settle(): Promise<void>
  close(): Promise<void>
}

const watch = (store: SessionStore, close: () => Promise<void>): ConvergingStore => {
  let isDoubtful = false
  let pending = 0
  const watched = new Proxy(store, {
    get(target, name: keyof SessionStore) {
      const call = target[name] as (...args: unknown[]) => Promise<unknown>
      return async (...args: unknown[]) => {
        pending++
        try {
          const result = await call(...args)
          if (name !== 'append' || !isDoubtful) return result
          isDoubtful = false
          throw goneStore()
        } finally {
          pending--
        }
      }
    },
  })
  return {
    store: watched,
    doubt: () => void (isDoubtful = true),
    beSure: () => void (isDoubtful = false),
    async settle() {
      do await settle()
      while (pending > 0)
    },
    close,
  }
}

export const CONVERGING = {
  'maps in memory': () => watch(memoryStore(), () => Promise.resolve()),
  SQLite() {
    const rows = createRows()
    return watch(createSessionStore(rows), rows.close)
  },
} as const
