/** The accepted keys, kept only as hashes. */
import { createHash, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Caller } from '../caller.ts'

export interface KeyRing {
  readonly size: number
  /** The caller that this key belongs to. */
  find(key: string): Caller | undefined
}

export const createKeyRing = (keys: readonly string[]): KeyRing => {
  // With the salt, digests are unpredictable, so that the timing of a comparison reveals nothing.
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
