/** The listeners of this process, by channel. */
import type { Listener } from './live-store.ts'

export interface Channels {
  /** @returns whether it is the first listener of the channel. */
  add(channel: string, listener: Listener): boolean
  /** @returns whether it was the last listener of the channel. */
  remove(channel: string, listener: Listener): boolean
  deliver(channel: string, message: string): void
  readonly names: readonly string[]
}

export const createChannels = (): Channels => {
  const listeners = new Map<string, Set<Listener>>()
  return {
    add(channel, listener) {
      const others = listeners.get(channel)
      if (others) others.add(listener)
      else listeners.set(channel, new Set([listener]))
      return others === undefined
    },
    remove(channel, listener) {
      const others = listeners.get(channel)
      if (!others?.delete(listener) || others.size > 0) return false
      return listeners.delete(channel)
    },
    deliver(channel, message) {
      for (const listener of listeners.get(channel) ?? [])
        // Later, so that neither a publisher nor a connection runs a listener's code or meets its failure.
        queueMicrotask(() => {
          if (listeners.get(channel)?.has(listener)) listener(message)
        })
    },
    get names() {
      return [...listeners.keys()]
    },
  }
}

/** Each subscription is a listener of its own, even if two share one function. */
export const asOwn =
  (listener: Listener): Listener =>
  (message) =>
    listener(message)
