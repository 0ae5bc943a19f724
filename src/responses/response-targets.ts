/** Records which target generated each relayed response and item, so that later calls return to it. */
import { type Caller, createMemoryAccount, type MemoryHold, scopeOf } from '#access'
import type { Target } from '#router'
import type { ResponseStoreOptions } from './store/response-store.ts'
import { findLargest } from './store/shares.ts'

export interface Home {
  readonly target: Target
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

/** The ids of one caller, or of one of its users. A map keeps the order of its keys, so the oldest is first. */
interface Shelf {
  readonly scope: string
  readonly callerId: string
  readonly homes: Map<string, Home & { target: Target; expiresAtMs: number }>
  readonly held: MemoryHold
}

/** An id that is no longer known may be refused, and people return the next day. */
const DAY_MS = 24 * 60 * 60_000
const MAX_IDS = 50_000
/** A longer id is not the id of a response, and is not recorded. */
const MAX_ID_LENGTH = 256
/** The memory of the objects that hold an id, in addition to its characters. */
const OVERHEAD_BYTES = 300

export const createResponseHomes = (options: ResponseHomesOptions = {}): ResponseHomes => {
  const { keepMs = DAY_MS, maxIds = MAX_IDS, now = Date.now } = options
  const { memory = createMemoryAccount({ maxBytes: Infinity, shared: false }) } = options
  const shelves = new Map<string, Shelf>()
  /** The number of callers that received an id. */
  const owners = new Map<string, number>()
  let count = 0

  const forget = (shelf: Shelf, id: string): void => {
    if (!shelf.homes.delete(id)) return
    count--
    shelf.held.shrink(sizeOf(id))
    const left = (owners.get(id) ?? 1) - 1
    if (left === 0) owners.delete(id)
    else owners.set(id, left)
    if (shelf.homes.size === 0) shelves.delete(shelf.scope)
  }

  const forgetExpired = (): void => {
    for (const shelf of shelves.values())
      for (const [id, { expiresAtMs }] of shelf.homes) {
        if (expiresAtMs > now()) break
        forget(shelf, id)
      }
  }

  /** Of this caller, or of all. */
  const largest = (callerId?: string): Shelf | undefined =>
    findLargest(
      [...shelves.values()].filter((shelf) => (callerId ?? shelf.callerId) === shelf.callerId),
      ({ homes }) => homes.size,
    )

  const forgetOldest = (shelf: Shelf | undefined): boolean => {
    const [oldest] = shelf?.homes.keys() ?? []
    if (!shelf || oldest === undefined) return false
    forget(shelf, oldest)
    return true
  }

  memory.onShortage((callerId) => forgetOldest(largest(callerId)))

  const find = (caller: Caller, id: string) => {
    forgetExpired()
    const homes = shelves.get(scopeOf(caller))?.homes
    const home = homes?.get(id)
    if (!homes || !home) return undefined
    // Reinserted as the newest.
    homes.delete(id)
    homes.set(id, home)
    home.expiresAtMs = now() + keepMs
    return home
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
    shelf.homes.set(id, Object.assign(home, { expiresAtMs: now() + keepMs }))
    owners.set(id, (owners.get(id) ?? 0) + 1)
    count++
    if (count > maxIds) forgetOldest(largest())
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
