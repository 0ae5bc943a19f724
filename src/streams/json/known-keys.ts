/** The names of members, read from their bytes once: every request brings the same ones. */

interface KnownKey {
  readonly key: string
  readonly bytes: Uint8Array
}

/** Each has one place, and is replaced by another that has the same. */
const PLACES = 256
const MAX_KEY_BYTES = 32
const BACKSLASH = 92
const known: (KnownKey | undefined)[] = Array.from({ length: PLACES }, () => undefined)

/** The text between two quotes. Undefined where it is long, or not ASCII without escapes. */
export const keyAt = (bytes: Buffer, start: number, end: number): string | undefined => {
  if (end - start > MAX_KEY_BYTES) return undefined
  let hash = 0
  for (let at = start; at < end; at++) {
    const code = bytes[at] as number
    if (code > 127 || code === BACKSLASH) return undefined
    hash = (Math.imul(hash, 31) + code) | 0
  }
  const place = hash & (PLACES - 1)
  const found = known[place]
  if (found && isAt(bytes, start, end, found.bytes)) return found.key
  const key = bytes.toString('latin1', start, end)
  known[place] = { key, bytes: Uint8Array.prototype.slice.call(bytes, start, end) }
  return key
}

const isAt = (bytes: Buffer, start: number, end: number, key: Uint8Array): boolean => {
  if (key.length !== end - start) return false
  for (let at = 0; at < key.length; at++) if (bytes[start + at] !== key[at]) return false
  return true
}
