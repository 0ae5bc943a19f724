/** Stores the responses of each caller for later requests, for a limited time in limited memory. */
import {
  type Caller,
  createMemoryAccount,
  type MemoryAccount,
  type MemoryHold,
  scopeOf,
} from '#access'
import { cancelled, GatewayError, type JsonObject, toGatewayError } from '#model'
import { type ByteString, toByteString } from '#streams'
import { createKept } from './kept.ts'
import { type StoredAnswer, toStoredAnswer, toText } from './stored-answer.ts'
import { addedBytes, leaveTurn, type Turn, useTurn } from './stored-turn.ts'

/** The input of a response: items in JSON, separated by commas. */
export interface Given {
  /** The items after the answer that it refers to. */
  readonly own: Buffer
  /** The answer that it refers to. */
  readonly previousId?: string
  /** All of it, for use when that answer is no longer stored. */
  readonly all: Buffer
}

export interface StoredResponse {
  /** Its input and output with all earlier turns. Of a running response, only the input. */
  readonly turn: Turn
  /** Present while the response is running. */
  readonly isPending: boolean
  /** The response in JSON. */
  readonly text: ByteString
}

/** A response that is still running. */
export interface RunningResponse {
  /** The response so far. */
  readonly response: JsonObject
  /** Called when the response is no longer stored. */
  drop(reason: GatewayError): void
}

/** The place of a running response. */
export interface Held {
  grow(bytes: number): void
  finish(response: JsonObject): void
}

export interface ResponseStore<Run extends RunningResponse> {
  /**
   * Stores a running response and its events in the same memory as all others.
   *
   * @param besides the memory of its request, held for as long.
   * @throws GatewayError `request_too_large` if it exceeds all of the memory, `at_capacity` if there is no room for it.
   */
  begin(caller: Caller, given: Given, run: Run, besides?: number): Held
  /** A response that runs or ran in the background. */
  findRun(caller: Caller, id: string): Run | undefined
  save(caller: Caller, given: Given, response: JsonObject): void
  find(caller: Caller, id: string): StoredResponse | undefined
  /** An item of an answer, by its own id, in JSON. */
  findItem(caller: Caller, id: string): Buffer | undefined
  /** False if there was none. */
  delete(caller: Caller, id: string): boolean
}

export interface ResponseStoreOptions {
  readonly keepMs?: number
  /** For all callers together. The caller that stores the most loses its oldest first. */
  readonly maxBytes?: number
  /** The account of everything held for callers, including these responses. */
  readonly memory?: MemoryAccount
  readonly now?: () => number
}

interface Entry<Run> {
  readonly id: string
  readonly shelf: Shelf<Run>
  readonly turn: Turn
  /** Absent while the response is running. */
  readonly answer?: StoredAnswer
  readonly expiresAtMs: number
  readonly run?: Run
  /** The size of everything but the turn. */
  ownBytes: number
}

/** The responses of one caller, or of one of its users. */
interface Shelf<Run> {
  readonly scope: string
  readonly callerId: string
  readonly entries: Map<string, Entry<Run>>
  readonly items: Map<string, Place>
  readonly held: MemoryHold
}

interface Place {
  readonly turn: Turn
  readonly start: number
  readonly end: number
}

const HOUR_MS = 60 * 60_000
const MAX_BYTES = 64 * 1024 * 1024
/** The memory of the objects that hold a response and each of its items. */
const ENTRY_BYTES = 500
const ITEM_BYTES = 250
const NOTHING = Buffer.alloc(0)

export const createResponseStore = <Run extends RunningResponse>(
  options: ResponseStoreOptions = {},
): ResponseStore<Run> => {
  const { keepMs = HOUR_MS, maxBytes = MAX_BYTES, now = Date.now } = options
  const { memory = createMemoryAccount({ maxBytes: Infinity, shared: false }) } = options
  const shelves = new Map<string, Shelf<Run>>()
  const kept = createKept<Entry<Run>>()
  /** Those that do not run. All are kept for the same time, so the first ends next. */
  const ending = new Set<Entry<Run>>()
  let bytes = 0

  const shelfOf = (caller: Caller): Shelf<Run> => {
    const scope = scopeOf(caller)
    return (
      shelves.get(scope) ?? {
        scope,
        callerId: caller.id,
        entries: new Map(),
        items: new Map(),
        held: memory.hold(caller, 0),
      }
    )
  }

  const release = ({ callerId, held }: Shelf<Run>, less: number): void => {
    bytes -= less
    kept.resize(callerId, -less)
    held.shrink(less)
  }

  /** Without ending what runs there. */
  const remove = (shelf: Shelf<Run>, id: string): Entry<Run> | undefined => {
    const entry = shelf.entries.get(id)
    if (!entry) return undefined
    shelf.entries.delete(id)
    kept.delete(shelf.callerId, entry)
    ending.delete(entry)
    for (const item of entry.answer?.items ?? [])
      if (shelf.items.get(item.id)?.turn === entry.turn) shelf.items.delete(item.id)
    release(shelf, entry.ownBytes + leaveTurn(entry.turn))
    if (shelf.entries.size === 0) shelves.delete(shelf.scope)
    return entry
  }

  const forget = (shelf: Shelf<Run>, id: string, reason = noRoom): boolean => {
    const entry = remove(shelf, id)
    entry?.run?.drop(reason())
    return entry !== undefined
  }

  const forgetExpired = (): void => {
    for (const { shelf, id, expiresAtMs } of ending) {
      if (expiresAtMs > now()) return
      forget(shelf, id)
    }
  }

  /** Running responses are removed last. */
  const forgetOldest = (callerId: string, mayEndRuns: boolean): boolean => {
    let oldest: Entry<Run> | undefined
    for (const entry of kept.of(callerId)) {
      if (entry.answer) return forget(entry.shelf, entry.id)
      oldest ??= entry
    }
    return mayEndRuns && oldest !== undefined && forget(oldest.shelf, oldest.id)
  }

  const keepWithinBounds = (): void => {
    forgetExpired()
    for (;;) {
      if (bytes <= maxBytes) return
      const { largest } = kept
      if (largest === undefined || !forgetOldest(largest, true)) return
    }
  }

  memory.onShortage((callerId) =>
    (callerId === undefined ? kept.bySize : [callerId]).some((each) => forgetOldest(each, false)),
  )

  /** A response that exceeds all of the memory is refused, and no other is removed for it. @throws GatewayError */
  const add = (entry: Entry<Run>): void => {
    const { shelf, id } = entry
    const added = addedBytes(entry.turn)
    const size = entry.ownBytes + added
    if (size > maxBytes) throw tooLarge()
    // From here on, making room does not free the turns that this one goes on from.
    useTurn(entry.turn)
    try {
      shelf.held.grow(size)
    } catch (refused) {
      release(shelf, leaveTurn(entry.turn) - added)
      throw refused
    }
    bytes += size
    kept.resize(shelf.callerId, size)
    kept.add(shelf.callerId, entry)
    if (entry.expiresAtMs !== Infinity) ending.add(entry)
    shelf.entries.set(id, entry)
    shelves.set(shelf.scope, shelf)
    for (const { id: itemId, ...place } of entry.answer?.items ?? [])
      shelf.items.set(itemId, { turn: entry.turn, ...place })
    keepWithinBounds()
  }

  /** For memory that its owner can do without. */
  const tryAdd = (entry: Entry<Run>): void => {
    try {
      add(entry)
    } catch (thrown) {
      entry.run?.drop(toGatewayError(thrown))
    }
  }

  const toTurn = (shelf: Shelf<Run>, given: Given, output: Buffer): Turn => {
    const { previousId, own, all } = given
    const before = previousId === undefined ? undefined : shelf.entries.get(previousId)?.turn
    return { input: Buffer.from(before ? own : all), output, before, users: 0 }
  }

  return {
    save(caller, given, response) {
      const { id } = response
      if (typeof id !== 'string') return
      const shelf = shelfOf(caller)
      forget(shelf, id)
      const answer = toStoredAnswer(response)
      const turn = toTurn(shelf, given, answer.output)
      const expiresAtMs = now() + keepMs
      tryAdd({ id, shelf, turn, answer, expiresAtMs, ownBytes: sizeOf(answer) })
    },
    begin(caller, given, run, besides = 0) {
      const shelf = shelfOf(caller)
      const id = String(run.response.id)
      const turn = toTurn(shelf, given, NOTHING)
      const ownBytes = ENTRY_BYTES + besides
      add({ id, shelf, turn, run, expiresAtMs: Infinity, ownBytes })
      if (!shelf.entries.has(id)) throw noRoom()
      return {
        grow(more) {
          const entry = shelf.entries.get(id)
          if (entry?.run !== run) return
          if (entry.ownBytes + more > maxBytes || !shelf.held.tryGrow(more))
            return void forget(shelf, id)
          entry.ownBytes += more
          bytes += more
          kept.resize(shelf.callerId, more)
          keepWithinBounds()
        },
        finish(response) {
          const entry = shelf.entries.get(id)
          if (entry?.run !== run) return
          const { output, items } = toStoredAnswer(response)
          // The run itself has the rest of the response.
          const answer = { output, items, shell: NOTHING, outputAt: 0 }
          const ended = { ...entry.turn, output, users: 0 }
          const size = entry.ownBytes - besides + sizeOf(answer) - ENTRY_BYTES
          remove(shelf, id)
          const expiresAtMs = now() + keepMs
          tryAdd({ id, shelf, turn: ended, answer, run, expiresAtMs, ownBytes: size })
        },
      }
    },
    findRun(caller, id) {
      forgetExpired()
      return shelves.get(scopeOf(caller))?.entries.get(id)?.run
    },
    find(caller, id) {
      forgetExpired()
      const entry = shelves.get(scopeOf(caller))?.entries.get(id)
      return entry && toStored(entry)
    },
    findItem(caller, id) {
      forgetExpired()
      const place = shelves.get(scopeOf(caller))?.items.get(id)
      return place?.turn.output.subarray(place.start, place.end)
    },
    delete(caller, id) {
      const shelf = shelves.get(scopeOf(caller))
      return shelf !== undefined && forget(shelf, id, deleted)
    },
  }
}

const sizeOf = ({ shell, items }: StoredAnswer): number =>
  shell.length + ENTRY_BYTES + items.length * ITEM_BYTES

/** Written on request. */
const toStored = ({ turn, answer, run }: Entry<RunningResponse>): StoredResponse => ({
  turn,
  isPending: !answer,
  get text() {
    if (run) return toByteString(JSON.stringify(run.response))
    return answer ? toText(answer, turn.output) : ''
  },
})

const noRoom = (): GatewayError =>
  new GatewayError('at_capacity', 'There was no room for the answer.')

const tooLarge = (): GatewayError =>
  new GatewayError('request_too_large', 'The request is too large to be kept.')

const deleted = (): GatewayError => cancelled('The response was deleted.')
