/** Responses that were answered here, so that a later request may lean on them: each caller's own, for a bounded time in bounded memory. */
import type { Caller } from '#access'
import { cancelled, GatewayError, isJsonObject, type JsonObject } from '#model'

export interface StoredResponse {
  /** Everything that the model was given, earlier turns included. */
  readonly input: readonly unknown[]
  readonly response: JsonObject
}

/** A response that is still being made. */
export interface RunningResponse {
  /** As far as it has come. */
  readonly response: JsonObject
  /** Nothing of it is kept any longer. */
  drop(reason: GatewayError): void
}

/** The place of a running response. */
export interface Held {
  grow(bytes: number): void
  finish(response: JsonObject): void
}

export interface ResponseStore<Run extends RunningResponse> {
  /**
   * Keeps a response that is being made, and what is read of it, in the same memory as all others.
   *
   * @param besides what its request takes for as long.
   * @throws GatewayError `request_too_large` where it is too large for all of the memory.
   */
  begin(caller: Caller, stored: StoredResponse, run: Run, besides?: number): Held
  /** Of a response that is being made, or was made, while nobody waited. */
  findRun(caller: Caller, id: string): Run | undefined
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

/** As text: its size is known, and nothing in it can be changed from outside. */
interface Entry<Run> {
  readonly input: string
  /** Empty where its run has it. */
  readonly response: string
  readonly itemKeys: readonly string[]
  readonly expiresAtMs: number
  readonly run?: Run
  /** Of the run. */
  runBytes: number
}

const HOUR_MS = 60 * 60_000
const MAX_BYTES = 64 * 1024 * 1024

export const createResponseStore = <Run extends RunningResponse>(
  options: ResponseStoreOptions = {},
): ResponseStore<Run> => {
  const { keepMs = HOUR_MS, maxBytes = MAX_BYTES, now = Date.now } = options
  // A map remembers the order of its keys, which is that of their age.
  const entries = new Map<string, Entry<Run>>()
  const itemOwners = new Map<string, string>()
  let bytes = 0

  /** Without ending what runs there. */
  const remove = (key: string): Entry<Run> | undefined => {
    const entry = entries.get(key)
    if (!entry) return undefined
    entries.delete(key)
    bytes -= sizeOf(entry)
    for (const itemKey of entry.itemKeys)
      if (itemOwners.get(itemKey) === key) itemOwners.delete(itemKey)
    return entry
  }

  const forget = (key: string, reason = noRoom): boolean => {
    const entry = remove(key)
    entry?.run?.drop(reason())
    return entry !== undefined
  }

  /** What is too large for all of the memory goes alone, and not after everything else. */
  const forgetOversized = (key: string): boolean => {
    const entry = entries.get(key)
    return entry !== undefined && sizeOf(entry) > maxBytes && forget(key)
  }

  const forgetOld = (): void => {
    for (const [key, { expiresAtMs }] of entries) {
      // One that still runs stays for as long as there is memory, and is no measure for those behind it.
      if (bytes <= maxBytes && expiresAtMs === Infinity) continue
      if (bytes <= maxBytes && expiresAtMs > now()) return
      forget(key)
    }
  }

  const add = (key: string, entry: Entry<Run>): void => {
    entries.set(key, entry)
    bytes += sizeOf(entry)
    for (const itemKey of entry.itemKeys) itemOwners.set(itemKey, key)
    forgetOversized(key)
    forgetOld()
  }

  const read = (key: string): StoredResponse | undefined => {
    forgetOld()
    const entry = entries.get(key)
    return entry && toStored(entry)
  }

  return {
    save(caller, stored) {
      const { id } = stored.response
      if (typeof id !== 'string') return
      const key = toKey(caller, id)
      forget(key)
      const expiresAtMs = now() + keepMs
      const itemKeys = itemKeysOf(caller, stored.response)
      const response = JSON.stringify(stored.response)
      add(key, { input: toText(stored), response, itemKeys, expiresAtMs, runBytes: 0 })
    },
    begin(caller, stored, run, besides = 0) {
      const key = toKey(caller, String(stored.response.id))
      const own = { input: toText(stored), response: '', run }
      add(key, { ...own, itemKeys: [], expiresAtMs: Infinity, runBytes: besides })
      if (!entries.has(key)) throw tooLarge()
      return {
        grow(more) {
          const entry = entries.get(key)
          if (entry?.run !== run) return
          entry.runBytes += more
          bytes += more
          if (!forgetOversized(key)) forgetOld()
        },
        finish(response) {
          if (entries.get(key)?.run !== run) return
          const runBytes = (remove(key)?.runBytes ?? 0) - besides
          const itemKeys = itemKeysOf(caller, response)
          add(key, { ...own, itemKeys, expiresAtMs: now() + keepMs, runBytes })
        },
      }
    },
    findRun(caller, id) {
      forgetOld()
      return entries.get(toKey(caller, id))?.run
    },
    find: (caller, id) => read(toKey(caller, id)),
    findItem(caller, id) {
      const owner = itemOwners.get(toKey(caller, id))
      const stored = owner === undefined ? undefined : read(owner)
      return (
        stored && outputOf(stored.response).find((item) => isJsonObject(item) && item.id === id)
      )
    },
    delete: (caller, id) => forget(toKey(caller, id), deleted),
  }
}

/** Read where somebody asks for it: a poll needs nothing of what was given, which may be large. */
const toStored = ({ input, response, run }: Entry<RunningResponse>): StoredResponse => ({
  get input() {
    return JSON.parse(input) as readonly unknown[]
  },
  get response() {
    return run ? run.response : (JSON.parse(response) as JsonObject)
  },
})

const toText = ({ input }: StoredResponse): string => JSON.stringify(input)

const noRoom = (): GatewayError =>
  new GatewayError('at_capacity', 'There was no room for the answer.')

const tooLarge = (): GatewayError =>
  new GatewayError('request_too_large', 'The request is too large to be kept.')

const deleted = (): GatewayError => cancelled('The response was deleted.')

/** The caller first: nobody can name what is another's. */
const toKey = ({ id: callerId }: Caller, id: string): string => `${callerId} ${id}`

const itemKeysOf = (caller: Caller, response: JsonObject): readonly string[] =>
  outputOf(response).flatMap((item) =>
    isJsonObject(item) && typeof item.id === 'string' ? [toKey(caller, item.id)] : [],
  )

/** Two bytes a character is the most that a string takes. */
const sizeOf = ({ input, response, runBytes }: Entry<unknown>): number =>
  (input.length + response.length) * 2 + runBytes

export const outputOf = ({ output }: JsonObject): readonly unknown[] =>
  Array.isArray(output) ? output : []
