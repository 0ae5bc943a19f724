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
  /** It has no events any more, as if they were in a Redis that was flushed. What changed rows remains. */
  lose(): Promise<void>
  /** Resolves when nothing is done any more. */
  settle(): Promise<void>
  close(): Promise<void>
}

interface Watched {
  readonly store: SessionStore
  close?(): Promise<void>
  lose?(): Promise<void>
}

export const toConverging = ({ store, close, lose }: Watched): ConvergingStore => {
  let isDoubtful = false
  let pending = 0
  const watched = new Proxy(store, {
    get(target, name: keyof SessionStore) {
      const value = target[name]
      if (typeof value !== 'function') return value
      const call = value as (...args: unknown[]) => Promise<unknown>
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
    lose: async () => lose?.(),
    async settle() {
      do await settle()
      while (pending > 0)
    },
    close: async () => close?.(),
  }
}

export const CONVERGING = {
  'maps in memory'() {
    const store = memoryStore()
    return toConverging({ store, lose: async () => store.loseEvents('s') })
  },
  SQLite() {
    const rows = createRows()
    return toConverging({ store: createSessionStore(rows), close: rows.close })
  },
} as const
