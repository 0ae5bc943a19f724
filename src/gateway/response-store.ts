/** Responses that were answered here, so that a later request may lean on them: each caller's own, for a bounded time in bounded memory. */
import type { Caller } from '#access'
import { isJsonObject, type JsonObject } from '#model'

export interface StoredResponse {
  /** Everything that the model was given, earlier turns included. */
  readonly input: readonly unknown[]
  readonly response: JsonObject
}

export interface ResponseStore {
  save(caller: Caller, stored: StoredResponse): void
  find(caller: Caller, id: string): StoredResponse | undefined
  /** An item of an answer, by its own id. */
  findItem(caller: Caller, id: string): unknown
  /** False where there was none. */
  delete(caller: Caller, id: string): boolean
}

export interface ResponseStoreOptions {
  readonly keepMs?: number
  /** For all callers together; the oldest are forgotten first. */
  readonly maxBytes?: number
  readonly now?: () => number
}

interface Entry {
  /** As text: its size is known, and nothing in it can be changed from outside. */
  readonly json: string
  readonly itemKeys: readonly string[]
  readonly expiresAtMs: number
}

const HOUR_MS = 60 * 60_000
const MAX_BYTES = 64 * 1024 * 1024

export const createResponseStore = (options: ResponseStoreOptions = {}): ResponseStore => {
  const { keepMs = HOUR_MS, maxBytes = MAX_BYTES, now = Date.now } = options
  // A map remembers the order of its keys, which is that of their age.
  const entries = new Map<string, Entry>()
  const itemOwners = new Map<string, string>()
  let bytes = 0

  const forget = (key: string): boolean => {
    const entry = entries.get(key)
    if (!entry) return false
    entries.delete(key)
    bytes -= sizeOf(entry)
    for (const itemKey of entry.itemKeys)
      if (itemOwners.get(itemKey) === key) itemOwners.delete(itemKey)
    return true
  }

  const forgetOld = (): void => {
    for (const [key, { expiresAtMs }] of entries) {
      if (bytes <= maxBytes && expiresAtMs > now()) return
      forget(key)
    }
  }

  const read = (key: string): StoredResponse | undefined => {
    forgetOld()
    const entry = entries.get(key)
    return entry && (JSON.parse(entry.json) as StoredResponse)
  }

  return {
    save(caller, stored) {
      const { id } = stored.response
      if (typeof id !== 'string') return
      const key = toKey(caller, id)
      forget(key)
      const itemKeys = outputOf(stored).flatMap((item) =>
        isJsonObject(item) && typeof item.id === 'string' ? [toKey(caller, item.id)] : [],
      )
      const entry = { json: JSON.stringify(stored), itemKeys, expiresAtMs: now() + keepMs }
      entries.set(key, entry)
      bytes += sizeOf(entry)
      for (const itemKey of itemKeys) itemOwners.set(itemKey, key)
      forgetOld()
    },
    find: (caller, id) => read(toKey(caller, id)),
    findItem(caller, id) {
      const owner = itemOwners.get(toKey(caller, id))
      const stored = owner === undefined ? undefined : read(owner)
      return stored && outputOf(stored).find((item) => isJsonObject(item) && item.id === id)
    },
    delete: (caller, id) => forget(toKey(caller, id)),
  }
}

/** The caller first: nobody can name what is another's. */
const toKey = ({ id: callerId }: Caller, id: string): string => `${callerId} ${id}`

/** Two bytes a character is the most that a string takes. */
const sizeOf = ({ json }: Entry): number => json.length * 2

export const outputOf = ({ response }: StoredResponse): readonly unknown[] =>
  Array.isArray(response.output) ? response.output : []
