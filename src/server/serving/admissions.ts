/**
 * Ends streams and sockets when what admitted them ends: a key or token that expires, that a reload has removed, or whose
 * issuer has withdrawn the key that signed it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Caller, credentialExpired, credentialRemoved, whenExpired } from '#access'
import { type GatewayError, toGatewayError } from '#model'
import type { Serving } from './serving.ts'

export interface Admissions {
  /** Never calls `end` before it returns. @returns a function that stops it */
  watch(admitted: Admitted, watched: Watched): () => void
  /** After a reload, asks again for everything that is watched. */
  renew(): void
}

export interface Admitted {
  readonly caller: Caller
  /** That of the time when it was admitted. */
  readonly serving: Serving
}

interface Watched {
  /** Asks again with what it presented. @throws GatewayError */
  admit(serving: Serving): Caller | Promise<Caller>
  end(error: GatewayError): void
  /** It is admitted with another configuration. */
  renewed?(admitted: Admitted): void
}

interface Entry {
  readonly watched: Watched
  caller: Caller
  stopExpiry: () => void
}

/** Then others are served, too. */
const RENEWED_AT_ONCE = 100

/** One timer for all of them: a clock that was set, or a machine that slept, and an issuer that has withdrawn a key. */
const ADMISSION_CHECK_MS = 5_000

/** The keys of a token's issuer cannot be fetched: nobody knows yet whether the token is still accepted. */
const RENEW_AGAIN_MS = 1_000

export const createAdmissions = (current: () => Serving): Admissions => {
  const entries = new Set<Entry>()
  let rounds = 0

  const expire = (entry: Entry): (() => void) =>
    whenExpired(entry.caller, () => end(entry, credentialExpired()))

  const end = (entry: Entry, error: GatewayError): void => {
    entries.delete(entry)
    entry.stopExpiry()
    rest()
    entry.watched.end(error)
  }

  const accept = (entry: Entry, caller: Caller, serving: Serving): void => {
    if (!isSame(entry.caller, caller)) return end(entry, credentialRemoved())
    entry.stopExpiry()
    entry.caller = caller
    entry.stopExpiry = expire(entry)
    entry.watched.renewed?.({ caller, serving })
  }

  const refuse = (entry: Entry, thrown: unknown, serving: Serving): void => {
    const { code } = toGatewayError(thrown)
    if (code === 'unauthenticated' || code === 'forbidden') return end(entry, credentialRemoved())
    entry.watched.renewed?.({ caller: entry.caller, serving })
    setTimeout(() => void renewOne(entry, serving), RENEW_AGAIN_MS).unref()
  }

  const renewOne = async (entry: Entry, serving: Serving): Promise<void> => {
    // There is a later configuration, which is asked about, too.
    const isOver = (): boolean => !entries.has(entry) || serving !== current()
    if (isOver()) return
    try {
      const admitted = entry.watched.admit(serving)
      const caller = admitted instanceof Promise ? await admitted : admitted
      if (!isOver()) accept(entry, caller, serving)
    } catch (thrown) {
      if (!isOver()) refuse(entry, thrown, serving)
    }
  }

  const renewAll = async (): Promise<void> => {
    const round = ++rounds
    const serving = current()
    // Those that come meanwhile are admitted with the new one.
    const open = [...entries]
    let count = 0
    for (const entry of open) {
      void renewOne(entry, serving)
      if (++count % RENEWED_AT_ONCE === 0) await nextTurn()
      if (round !== rounds) return
    }
  }

  const check = (): void => {
    const now = Date.now()
    for (const entry of entries) {
      const { expiresAtMs = Infinity } = entry.caller
      if (expiresAtMs <= now) end(entry, credentialExpired())
    }
    void checkTokenKeys()
  }

  /** Those by which all that are watched were verified. */
  let verifiedBy: object | undefined
  const checkTokenKeys = async (): Promise<void> => {
    const serving = current()
    // While they cannot be fetched, nobody knows.
    const keys = await serving.tokenKeys?.().catch(() => undefined)
    if (!keys || serving !== current()) return
    if (keys === verifiedBy) return
    verifiedBy = keys
    await renewAll()
  }

  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer ??= setInterval(check, ADMISSION_CHECK_MS).unref()
  }
  const rest = (): void => {
    if (entries.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    watch({ caller, serving }, watched) {
      const entry: Entry = { watched, caller, stopExpiry: () => undefined }
      entries.add(entry)
      start()
      entry.stopExpiry = expire(entry)
      // The configuration has changed since it was admitted, and before it was watched.
      if (serving !== current()) queueMicrotask(() => void renewOne(entry, current()))
      return () => {
        entries.delete(entry)
        entry.stopExpiry()
        rest()
      }
    },
    renew: () => void renewAll(),
  }
}

/** What is another caller's stays out of reach, also on a socket that is open. */
const isSame = (one: Caller, other: Caller): boolean =>
  one.id === other.id && one.userId === other.userId
