/** Sessions that have left the memory while their events are kept. These are forgotten as if they were still there. */
import { WINDOW_MS } from './live/window.ts'
import type { SessionKey, SessionStore } from '../sessions/session-store.ts'

export interface Departed {
  add(key: SessionKey, lastSeq: number): void
  /** It is in memory again. */
  remove(key: SessionKey): void
  /** Forgets the events of those that left long enough ago. */
  forget(): Promise<void>
}

interface Leaving {
  readonly key: SessionKey
  readonly lastSeq: number
  readonly at: number
}

const nameOf = ({ owner, id }: SessionKey): string => `${owner}\n${id}`

export const createDeparted = (
  { forget }: Pick<SessionStore, 'forget'>,
  now: () => number,
): Departed => {
  /** In the order in which they left. */
  const left = new Map<string, Leaving>()

  return {
    add(key, lastSeq) {
      left.delete(nameOf(key))
      left.set(nameOf(key), { key, lastSeq, at: now() })
    },
    remove: (key) => void left.delete(nameOf(key)),
    async forget() {
      for (const [name, { key, lastSeq, at }] of left) {
        if (at + WINDOW_MS > now()) return
        left.delete(name)
        await forget(key, lastSeq)
      }
    },
  }
}
