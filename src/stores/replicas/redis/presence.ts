/** Whether the others know that this process is alive: its lease, and what it learns about theirs. */
import type { Redis } from 'ioredis'
import type { Patience } from '../../live/patience.ts'
import { runStep, type Script } from '../../redis/script.ts'
import { GIVE_UP_MS, LEASE_MS, RENEW_MS } from '../replicas.ts'
import { replicasUnavailable } from '../unavailable.ts'
import { type Life, readLife, REGISTRY_KEY, toInboxKey, toLeaseKey, writeLife } from './keys.ts'
import { ENLIST, LEAVE, LIVING, REGISTER, RENEW } from './scripts.ts'

export interface Presence {
  /** Of this process. It has another one after each time that it could not show that it is alive. */
  readonly life: Life
  /**
   * Whether all others have to take it for alive. It depends on the clock: a process that was stopped for a while finds it
   * out with its first question.
   */
  readonly isHeld: boolean
  /** Whether it can show at this moment that it is alive. */
  readonly isWell: boolean
  /** Redis has just begun to know who lives, so who is not there yet may live all the same. */
  readonly isEarly: boolean
  /** Finds out soon whether all is well. */
  look(): void
  /** Renews the lease soon: Redis may not be the same any more. */
  renew(): void
  fail(error: Error): void
  /** @throws Error if Redis does not answer, or GatewayError if it has lost what it knew. */
  living(): Promise<readonly Life[]>
  close(): Promise<void>
}

export interface PresenceOptions {
  readonly self: string
  readonly usable: () => Redis | undefined
  readonly patience: Patience
  readonly onLiving: (living: readonly Life[], askedAtMs: number) => void
  /** After each renewal. */
  readonly onRenewed: () => void
  /** The lease has ended. */
  readonly onLost: () => void
  /** Redis had lost the lease, and knows it again. */
  readonly onFlushed: () => void
  readonly onTrouble: (error: Error) => void
}

/** How often it looks who lives. */
const LOOK_MS = 1_000

/** After this time, all that live have noticed that Redis lost what it knew. */
const EARLY_MS = 2_500

export const createPresence = ({
  self,
  usable,
  patience,
  onLiving,
  onRenewed,
  onLost,
  onFlushed,
  onTrouble,
}: PresenceOptions): Presence => {
  let life: Life = { replica: self, number: 0 }
  let isRegistered = false
  let renewedAtMs = 0
  let earlyUntilMs = 0
  let isFailing = true
  let mustRenew = false
  let isLooking = false
  let looksAgain = false
  let isClosed = false
  let end: NodeJS.Timeout | undefined

  const ask = (script: Script, keys: readonly string[], args: readonly (string | number)[]) => {
    const client = usable()
    if (!client) return Promise.reject(new Error('There is no connection.'))
    return runStep(client, { script, keys, args })
  }

  const askLease = (script: Script, ...args: readonly (string | number)[]): Promise<unknown> =>
    ask(script, [toLeaseKey(self), toInboxKey(self)], args)

  const enlist = (now: Life): Promise<unknown> =>
    ask(ENLIST, [REGISTRY_KEY], [LEASE_MS, writeLife(now), writeLife(life)])

  const hasEnded = (): boolean => performance.now() - renewedAtMs >= GIVE_UP_MS

  /** Notices the end of the lease, however late. */
  const isHeld = (): boolean => {
    if (isRegistered && hasEnded()) {
      isRegistered = false
      onLost()
    }
    return isRegistered
  }

  const hold = (fromMs: number): void => {
    renewedAtMs = fromMs
    clearTimeout(end)
    end = setTimeout(isHeld, Math.max(0, fromMs + GIVE_UP_MS - performance.now())).unref()
  }

  const register = async (): Promise<void> => {
    const askedAtMs = performance.now()
    const next = { replica: self, number: life.number + 1 }
    const [, living] = await patience.within(
      Promise.all([askLease(REGISTER, next.number, LEASE_MS, 1), enlist(next)]),
    )
    if (isClosed) return
    // The first one has not met anybody whom it could take for dead.
    if (life.number > 0) earlyUntilMs = performance.now() + EARLY_MS
    life = next
    isRegistered = true
    hold(askedAtMs)
    if (!isHeld()) return
    onRenewed()
    see(living, askedAtMs)
  }

  const renew = async (): Promise<void> => {
    const askedAtMs = performance.now()
    const [known, living] = await patience.within(
      Promise.all([askLease(RENEW, life.number, LEASE_MS), enlist(life)]),
    )
    if (!isHeld()) return
    if (known !== 1) return restore()
    hold(askedAtMs)
    onRenewed()
    see(living, askedAtMs)
  }

  const restore = async (): Promise<void> => {
    const askedAtMs = performance.now()
    await patience.within(Promise.all([askLease(REGISTER, life.number, LEASE_MS, 0), enlist(life)]))
    if (!isHeld()) return
    hold(askedAtMs)
    earlyUntilMs = performance.now() + EARLY_MS
    onFlushed()
  }

  const isEarly = (): boolean => performance.now() < earlyUntilMs

  const see = (reply: unknown, askedAtMs: number): void => {
    if (!isEarly()) onLiving(toLives(reply), askedAtMs)
  }

  const askLiving = (): Promise<unknown> => patience.within(ask(LIVING, [REGISTRY_KEY], []))

  const seeLiving = async (): Promise<void> => {
    const askedAtMs = performance.now()
    const reply = await askLiving()
    if (!isHeld()) return
    if (isAmong(life, reply)) see(reply, askedAtMs)
    else await renew()
  }

  const isDue = (): boolean => performance.now() - renewedAtMs >= RENEW_MS - LOOK_MS / 2

  const lookNow = (): Promise<void> => {
    if (!isHeld()) return register()
    if (!mustRenew && !isDue()) return seeLiving()
    mustRenew = false
    return renew()
  }

  const look = async (): Promise<void> => {
    if (isClosed) return
    if (isLooking) return void (looksAgain = true)
    isLooking = true
    looksAgain = false
    try {
      await lookNow()
      isFailing = false
    } catch (error) {
      fail(error as Error)
    }
    isLooking = false
    if (looksAgain) void look()
  }

  const fail = (error: Error): void => {
    if (isClosed) return
    isFailing = true
    mustRenew = true
    onTrouble(error)
  }

  const timer = setInterval(() => {
    isHeld()
    void look()
  }, LOOK_MS).unref()

  return {
    get life() {
      return life
    },
    get isHeld() {
      return isHeld()
    },
    get isWell() {
      return isHeld() && !isFailing && usable() !== undefined
    },
    get isEarly() {
      return isEarly()
    },
    look: () => void look(),
    renew() {
      mustRenew = true
      void look()
    },
    fail,
    async living() {
      const reply = await askLiving()
      if (isAmong(life, reply)) return toLives(reply)
      void look()
      throw replicasUnavailable()
    },
    async close() {
      isClosed = true
      isRegistered = false
      clearInterval(timer)
      clearTimeout(end)
      const client = usable()
      if (!client || life.number === 0) return
      await Promise.all([askLease(LEAVE, life.number), client.zrem(REGISTRY_KEY, writeLife(life))])
    },
  }
}

const toLives = (reply: unknown): Life[] => (reply as readonly string[]).map(readLife)

const isAmong = (life: Life, reply: unknown): boolean =>
  (reply as readonly string[]).includes(writeLife(life))
