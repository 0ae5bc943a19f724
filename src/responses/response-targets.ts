/** Records which target generated each relayed response and item, so that later calls return to it. */
import { type Caller, createMemoryAccount, type MemoryHold, scopeOf } from '#access'
import type { NamedTarget } from '#router'
import type { ResponseStoreOptions } from './store/response-store.ts'
import { createKept } from './store/kept.ts'

export interface Home {
  readonly target: NamedTarget
  /** The fingerprint of the key that was used, if its provider has several. */
  readonly key?: string | undefined
  /** Whether its cost is in the log already. */
  counted: boolean
}

export interface ResponseHomes {
  /**
   * @param id the id of a response, an item or a conversation.
   * @returns the recorded home. An id that is known already keeps its home.
   */
  note(caller: Caller, id: string, home: Home): Home
  /** Each use extends the time for which an id is known. */
  find(caller: Caller, id: string): Home | undefined
  /** Whether the id is known and belongs to other callers only. */
  isAnothers(caller: Caller, id: string): boolean
  forget(caller: Caller, id: string): void
}

export interface ResponseHomesOptions extends Pick<
  ResponseStoreOptions,
  'keepMs' | 'now' | 'memory'
> {
  /** For all callers together. The caller with the most ids loses its oldest first. */
  readonly maxIds?: number
}

/** The ids of one caller, or of one of its users. */
interface Shelf {
  readonly scope: string
  readonly callerId: string
  readonly homes: Map<string, Known>
  readonly held: MemoryHold
}

interface Known {
  readonly id: string
  readonly shelf: Shelf
  readonly home: Home & { target: NamedTarget; key?: string | undefined }
  expiresAtMs: number
}

/** An id that is no longer known may be refused, and people return the next day. */
const DAY_MS = 24 * 60 * 60_000
const MAX_IDS = 50_000
/** A longer id is not the id of a response, and is not recorded. */
const MAX_ID_LENGTH = 256
/** The memory of the objects that hold an id, in addition to its characters. */
const OVERHEAD_BYTES = 450

export const createResponseHomes = (options: ResponseHomesOptions = {}): ResponseHomes => {
  const { keepMs = DAY_MS, maxIds = MAX_IDS, now = Date.now } = options
  const { memory = createMemoryAccount({ maxBytes: Infinity, shared: false }) } = options
  const shelves = new Map<string, Shelf>()
  const kept = createKept<Known>()
  /** All are kept for the same time after their last use, so the first ends next. */
  const ending = new Set<Known>()
  /** The number of callers that received an id. */
  const owners = new Map<string, number>()
  let count = 0

  const forget = (shelf: Shelf, id: string): void => {
    const known = shelf.homes.get(id)
    if (!known) return
    shelf.homes.delete(id)
    ending.delete(known)
    kept.delete(shelf.callerId, known)
    kept.resize(shelf.callerId, -1)
    count--
    shelf.held.shrink(sizeOf(id))
    const left = (owners.get(id) ?? 1) - 1
    if (left === 0) owners.delete(id)
    else owners.set(id, left)
    if (shelf.homes.size === 0) shelves.delete(shelf.scope)
  }

  const forgetExpired = (): void => {
    for (const { shelf, id, expiresAtMs } of ending) {
      if (expiresAtMs > now()) return
      forget(shelf, id)
    }
  }

  const forgetOldest = (callerId: string | undefined): boolean => {
    const [oldest] = callerId === undefined ? [] : kept.of(callerId)
    if (!oldest) return false
    forget(oldest.shelf, oldest.id)
    return true
  }

  memory.onShortage((callerId) => forgetOldest(callerId ?? kept.largest))

  /** As the newest. */
  const keep = (known: Known): void => {
    known.expiresAtMs = now() + keepMs
    kept.add(known.shelf.callerId, known)
    ending.delete(known)
    ending.add(known)
  }

  const find = (caller: Caller, id: string): Known['home'] | undefined => {
    forgetExpired()
    const known = shelves.get(scopeOf(caller))?.homes.get(id)
    if (known) keep(known)
    return known?.home
  }

  const add = (caller: Caller, id: string, home: Home): void => {
    const scope = scopeOf(caller)
    const shelf = shelves.get(scope) ?? {
      scope,
      callerId: caller.id,
      homes: new Map(),
      held: memory.hold(caller, 0),
    }
    if (!shelf.held.tryGrow(sizeOf(id))) return
    shelves.set(scope, shelf)
    const known = { id, shelf, home, expiresAtMs: 0 }
    shelf.homes.set(id, known)
    kept.resize(shelf.callerId, 1)
    keep(known)
    owners.set(id, (owners.get(id) ?? 0) + 1)
    count++
    if (count > maxIds) forgetOldest(kept.largest)
  }

  return {
    note(caller, id, home) {
      if (id.length > MAX_ID_LENGTH) return home
      const known = find(caller, id)
      if (!known) {
        add(caller, id, home)
        return home
      }
      known.target = home.target
      known.key = home.key
      return known
    },
    find,
    isAnothers(caller, id) {
      forgetExpired()
      return owners.has(id) && !shelves.get(scopeOf(caller))?.homes.has(id)
    },
    forget(caller, id) {
      const shelf = shelves.get(scopeOf(caller))
      if (shelf) forget(shelf, id)
    },
  }
}

const sizeOf = (id: string): number => id.length + OVERHEAD_BYTES
