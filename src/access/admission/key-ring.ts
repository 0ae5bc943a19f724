/** The keys that admit, kept as hashes only. */
import { createHash, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Caller } from '../caller.ts'

export interface KeyRing {
  readonly size: number
  /** The caller whose key this is. */
  find(key: string): Caller | undefined
}

export const createKeyRing = (keys: readonly string[]): KeyRing => {
  // The salt makes a digest unpredictable from outside, so that how far a comparison got tells nothing.
  const salt = randomBytes(16).toString('latin1')
  const digest = (key: string): Buffer => hash('sha256', salt + key, 'buffer')
  const entries = [...new Set(keys)].map((key) => ({ digest: digest(key), caller: toCaller(key) }))

  return {
    size: entries.length,
    find(key) {
      const presented = digest(key)
      let found: Caller | undefined
      for (const entry of entries)
        if (timingSafeEqual(entry.digest, presented)) found ??= entry.caller
      return found
    },
  }
}

const toCaller = (key: string): Caller => ({
  id: createHash('sha256').update('sluice caller\0').update(key).digest('hex').slice(0, 12),
})
