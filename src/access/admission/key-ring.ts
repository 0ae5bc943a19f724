/** The accepted keys, kept only as hashes. */
import { hash, randomBytes } from 'node:crypto'

export interface KeyRing<Value> {
  readonly size: number
  /** What belongs to this key. Its cost does not depend on the number of keys. */
  find(key: string): Value | undefined
}

/** If a key is there more than once, its first value counts. */
export const createKeyRing = <Value>(
  keys: Iterable<readonly [key: string, value: Value]>,
): KeyRing<Value> => {
  // Nobody can choose a key by its digest without the salt, so the time of the search reveals nothing about the keys.
  const salt = randomBytes(32).toString('hex')
  const digest = (key: string): string => hash('sha256', salt + key, 'base64')
  const values = new Map<string, Value>()
  for (const [key, value] of keys) {
    const digested = digest(key)
    if (!values.has(digested)) values.set(digested, value)
  }
  return { size: values.size, find: (key) => values.get(digest(key)) }
}

/** What belongs to the first of these keys that is known. */
export const findFirst = <Value>(
  ring: KeyRing<Value>,
  presented: readonly string[],
): Value | undefined => {
  for (const key of presented) {
    const found = ring.find(key)
    if (found !== undefined) return found
  }
  return undefined
}
