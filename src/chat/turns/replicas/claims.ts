/** What this process owns, for as long as something in it needs that. */
import type { Replicas } from '#stores'

export interface Claims {
  /** @returns the owner. If that is this process, it remains so until it is released as often. */
  take(name: string): Promise<string>
  release(name: string): void
}

export const createClaims = (replicas: Pick<Replicas, 'self' | 'claim' | 'release'>): Claims => {
  const counts = new Map<string, number>()

  const add = (name: string, count: number): number => {
    const sum = (counts.get(name) ?? 0) + count
    if (sum === 0) counts.delete(name)
    else counts.set(name, sum)
    return sum
  }

  return {
    async take(name) {
      // What is released meanwhile is still needed.
      add(name, 1)
      try {
        const owner = await replicas.claim(name)
        if (owner !== replicas.self) add(name, -1)
        return owner
      } catch (thrown) {
        add(name, -1)
        throw thrown
      }
    },
    release(name) {
      if (add(name, -1) === 0) replicas.release(name)
    },
  }
}
