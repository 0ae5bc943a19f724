/** Where responses live that were only relayed: the target that made each one keeps it, and nobody else can answer for it. */
import type { Caller } from '#access'
import type { Target } from '#router'
import type { ResponseStoreOptions } from './response-store.ts'

export interface Home {
  readonly target: Target
  /** What it cost stands in the log already. */
  counted: boolean
}

export interface ResponseHomes {
  /** @param id of a response, or of a conversation. */
  note(caller: Caller, id: string, home: Home): void
  /** Whoever comes back may come back again for as long. */
  find(caller: Caller, id: string): Home | undefined
  /** Whether it is known, and none of this caller's. */
  isAnothers(caller: Caller, id: string): boolean
  forget(caller: Caller, id: string): void
}

export interface ResponseHomesOptions extends Pick<ResponseStoreOptions, 'keepMs' | 'now'> {
  /** For all callers together; the oldest are forgotten first. */
  readonly maxIds?: number
}

interface Entry {
  readonly homes: Map<string, Home>
  readonly expiresAtMs: number
}

const HOUR_MS = 60 * 60_000
const MAX_IDS = 50_000
/** An id that is longer is no id of a response, and is not worth its memory. */
const MAX_ID_LENGTH = 256

export const createResponseHomes = (options: ResponseHomesOptions = {}): ResponseHomes => {
  const { keepMs = HOUR_MS, maxIds = MAX_IDS, now = Date.now } = options
  // A map remembers the order of its keys, which is that of their age.
  const entries = new Map<string, Entry>()

  const forgetOld = (): void => {
    for (const [id, { expiresAtMs }] of entries) {
      if (entries.size <= maxIds && expiresAtMs > now()) return
      entries.delete(id)
    }
  }

  const homesOf = (id: string): Map<string, Home> | undefined => {
    forgetOld()
    return entries.get(id)?.homes
  }

  /** As the newest. */
  const keep = (id: string, homes: Map<string, Home>): void => {
    entries.delete(id)
    entries.set(id, { homes, expiresAtMs: now() + keepMs })
  }

  return {
    note(caller, id, home) {
      if (id.length > MAX_ID_LENGTH) return
      const homes = homesOf(id) ?? new Map<string, Home>()
      keep(id, homes.set(caller.id, home))
      forgetOld()
    },
    find(caller, id) {
      const homes = homesOf(id)
      const home = homes?.get(caller.id)
      if (homes && home) keep(id, homes)
      return home
    },
    isAnothers(caller, id) {
      const homes = homesOf(id)
      return homes !== undefined && !homes.has(caller.id)
    },
    forget(caller, id) {
      const homes = homesOf(id)
      homes?.delete(caller.id)
      if (homes?.size === 0) entries.delete(id)
    },
  }
}
