/** Those who are told what happens to a process. */
import type { ReplicaListener } from './replicas.ts'

export interface Listeners {
  /** @returns a function that ends it. */
  add(listener: ReplicaListener): () => void
  tell(what: (listener: ReplicaListener) => void): void
}

export const createListeners = (): Listeners => {
  const listeners = new Set<ReplicaListener>()
  return {
    add(listener) {
      // Each is one of its own, even if two share one object.
      const own = {
        message: (from: string, message: string) => listener.message(from, message),
        missed: (from: string) => listener.missed(from),
        gone: (replica: string) => listener.gone(replica),
        lost: (names: readonly string[]) => listener.lost(names),
        flushed: () => listener.flushed?.(),
      }
      listeners.add(own)
      return () => void listeners.delete(own)
    },
    tell(what) {
      for (const listener of listeners) what(listener)
    },
  }
}
