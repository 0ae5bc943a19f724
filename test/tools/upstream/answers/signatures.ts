/** Seals what the model thought, so that a replay that was altered or made elsewhere is known. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

type Sealed = 'thinking' | 'redacted' | 'encrypted' | 'thought'

/** Google's is base64 as a whole: four characters, so that what follows stays in step. */
const PREFIXES: Record<Sealed, string> = {
  thinking: 'Er',
  redacted: 'Em',
  encrypted: 'gAAAAAB',
  thought: 'CiQB',
}

export interface Sealer {
  /** `shown` is what the client sees of `thought`; it may be nothing. */
  seal(kind: Sealed, thought: string, shown?: string): string
  isIntact(kind: Sealed, seal: string, shown?: string): boolean
}

export const createSealer = (secret = 'upstream-signing-secret'): Sealer => {
  const mark = (kind: Sealed, nonce: Buffer, shown: string) =>
    createHmac('sha256', secret).update(kind).update(nonce).update(shown).digest()

  return {
    seal(kind, thought, shown = '') {
      const nonce = createHash('sha256').update(thought).digest().subarray(0, 16)
      const sealed = Buffer.concat([nonce, mark(kind, nonce, shown)])
      return PREFIXES[kind] + sealed.toString('base64')
    },

    isIntact(kind, seal, shown = '') {
      const prefix = PREFIXES[kind]
      if (!seal.startsWith(prefix)) return false
      const sealed = Buffer.from(seal.slice(prefix.length), 'base64')
      if (sealed.length !== 48 || sealed.toString('base64') !== seal.slice(prefix.length))
        return false
      return timingSafeEqual(sealed.subarray(16), mark(kind, sealed.subarray(0, 16), shown))
    },
  }
}
