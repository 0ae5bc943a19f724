/** What this process owns, and who owns the rest. */
import type { Redis } from 'ioredis'
import { runStep } from '../../redis/script.ts'
import { replicasUnavailable } from '../unavailable.ts'
import { type Life, readLife, toLeaseKey, toOwnerKey, writeLife } from './keys.ts'
import { CLAIM, RELEASE } from './scripts.ts'

export interface Ownership {
  /** @returns the life that owns it: if it is that of this process, `hold` it. @throws Error if Redis does not answer. */
  claim(name: string): Promise<Life>
  hold(name: string): void
  owns(name: string): boolean
  /** Nobody waits for the answer to a claim any more. */
  giveBack(name: string, owner: Life): void
  release(name: string): void
  /** All of it, at the end. */
  releaseAll(): Promise<void>
  /** @returns all of it. This process has ended for the others. */
  giveUp(): readonly string[]
  /** Owns all of it in Redis again. Those that another process owns now are lost. */
  restore(): Promise<void>
  /** Keeps what is owned from expiring, and releases what could not be released. */
  keep(): void
}

export interface OwnershipOptions {
  readonly usable: () => Redis | undefined
  readonly life: () => Life
  /** Whether what nobody owns may be taken. */
  readonly mayTake: () => boolean
  /** Redis does not know this process. */
  readonly onUnknown: () => void
  readonly onLost: (names: readonly string[]) => void
  readonly onTrouble: (error: Error) => void
}

/** When what a process owned is forgotten that nobody has asked for since its death. */
const OWNED_MS = 600_000

/** How often that is renewed. */
const KEEP_MS = 200_000

/** How many are renewed at once. */
const KEPT_AT_ONCE = 500

/** How often a claim begins anew because somebody else was faster. */
const MAX_ATTEMPTS = 5

export const createOwnership = ({
  usable,
  life,
  mayTake,
  onUnknown,
  onLost,
  onTrouble,
}: OwnershipOptions): Ownership => {
  const owned = new Set<string>()
  const unreleased = new Set<string>()
  let keptAtMs = performance.now()

  const client = (): Redis => {
    const found = usable()
    if (!found) throw new Error('There is no connection.')
    return found
  }

  const tryClaim = async (name: string, ended = ''): Promise<Life> => {
    const owner = await runStep(client(), {
      script: CLAIM,
      keys: [toOwnerKey(name)],
      args: [writeLife(life()), OWNED_MS, ended],
    })
    return readLife(String(owner))
  }

  const tryRelease = async (name: string): Promise<void> => {
    unreleased.add(name)
    await runStep(client(), {
      script: RELEASE,
      keys: [toOwnerKey(name)],
      args: [writeLife(life())],
    })
    unreleased.delete(name)
  }

  const isAlive = async ({ replica, number }: Life): Promise<boolean> =>
    (await client().get(toLeaseKey(replica))) === `${number}`

  const ownerOf = async (name: string): Promise<Life | undefined> => {
    const owner = await client().get(toOwnerKey(name))
    return owner === null ? undefined : readLife(owner)
  }

  const lookOnly = async (name: string): Promise<Life> => {
    const owner = await ownerOf(name)
    if (owner && (await isAlive(owner))) return owner
    // Others may own it, and have not said so yet.
    throw replicasUnavailable()
  }

  const take = async (name: string): Promise<Life> => {
    const own = life()
    // If Redis has lost what it knew, the owner has not said yet that it is one.
    const [isKnown, first] = await Promise.all([isAlive(own), tryClaim(name)])
    let owner = first
    for (let attempt = 0; !isSame(owner, own); attempt++) {
      if (await isAlive(owner)) return owner
      if (attempt === MAX_ATTEMPTS) throw replicasUnavailable()
      owner = await tryClaim(name, writeLife(owner))
    }
    if (isKnown) return owner
    if (!owned.has(name)) void tryRelease(name).catch(onTrouble)
    onUnknown()
    throw replicasUnavailable()
  }

  /** @returns those that belong to others. */
  const claimAll = async (names: readonly string[]): Promise<string[]> => {
    const owners = await Promise.all(names.map((name) => tryClaim(name)))
    return names.filter((name, at) => {
      const owner = owners[at]
      return owner !== undefined && !isSame(owner, life()) && owned.has(name)
    })
  }

  const restore = async (): Promise<void> => {
    const { number } = life()
    keptAtMs = performance.now()
    const names = [...owned]
    for (let at = 0; at < names.length; at += KEPT_AT_ONCE) {
      const lost = await claimAll(names.slice(at, at + KEPT_AT_ONCE))
      if (life().number !== number) return
      for (const name of lost) owned.delete(name)
      if (lost.length > 0) onLost(lost)
    }
  }

  return {
    claim: (name) => (mayTake() ? take(name) : lookOnly(name)),
    hold(name) {
      owned.add(name)
      unreleased.delete(name)
    },
    giveBack(name, owner) {
      if (isSame(owner, life()) && !owned.has(name)) tryRelease(name).catch(onTrouble)
    },
    owns: (name) => owned.has(name),
    release(name) {
      if (owned.delete(name)) tryRelease(name).catch(onTrouble)
    },
    async releaseAll() {
      const names = [...owned]
      owned.clear()
      await Promise.all(names.map(tryRelease))
    },
    giveUp() {
      const names = [...owned]
      owned.clear()
      unreleased.clear()
      return names
    },
    restore,
    keep() {
      for (const name of unreleased) if (!owned.has(name)) tryRelease(name).catch(onTrouble)
      if (performance.now() - keptAtMs >= KEEP_MS) restore().catch(onTrouble)
    },
  }
}

const isSame = (a: Life, b: Life): boolean => a.replica === b.replica && a.number === b.number
