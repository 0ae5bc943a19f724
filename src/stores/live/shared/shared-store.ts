/**
 * Live state of all workers, in the process that started them. Calls never depend on it: they wait a tenth of a second at
 * most, and while it does not answer, each worker counts by itself.
 */
import { asOwn, createChannels } from '../channels.ts'
import { createHealth } from '../health.ts'
import type {
  Claim,
  LiveStore,
  OnStoreFailure,
  SlotClaim,
  StoreLog,
  Verdict,
} from '../live-store.ts'
import { createMemoryStore } from '../memory/memory-store.ts'
import { createPatience } from '../patience.ts'
import { createTaking } from '../taking.ts'
import type { Taken } from './live-host.ts'
import type { LivePort } from './live-port.ts'

export interface SharedStoreOptions {
  readonly port: LivePort
  readonly onStoreFailure: OnStoreFailure
  readonly log?: StoreLog
  /** Called with how long a call waited. */
  readonly onWaited?: (milliseconds: number) => void
}

/** What a call may wait for the first process. */
const BUDGET_MS = 100

const STORE = 'the first process'

const NOTHING_TAKEN: Verdict = { allowed: true, states: [] }

export const createSharedStore = ({
  port,
  onStoreFailure,
  log,
  onWaited,
}: SharedStoreOptions): LiveStore => {
  /** Answers while the other process does not. It also knows the slots that this worker holds there. */
  const memory = createMemoryStore()
  const channels = createChannels()
  const patience = createPatience(BUDGET_MS, STORE)
  const held = new Map<string, SlotClaim>()

  const health = createHealth({
    store: STORE,
    probe: () => patience.within(port.ask('live.probe')),
    onRecovery() {
      for (const claim of held.values()) port.tell('live.hold', claim)
    },
    log,
  })
  void health.ask()
  port.on('live.message', ([channel, message]) =>
    channels.deliver(String(channel), String(message)),
  )

  const hold = (claims: readonly Claim[]): void => {
    for (const claim of claims) {
      if (claim.kind !== 'slot') continue
      memory.hold(claim)
      held.set(nameOf(claim), claim)
    }
  }

  const taking = createTaking({ memory, health, patience, onStoreFailure, onWaited, hold })

  const takeThere = (claims: readonly Claim[]): Promise<Verdict> =>
    taking.there(claims, {
      asked: port.ask('live.take', claims) as Promise<Taken>,
      toVerdict: ({ verdict }) => verdict,
      giveBack(taken) {
        if (taken.verdict.allowed) port.tell('live.giveBack', claims, taken)
      },
    })

  return {
    ready: health.ready,
    take(claims) {
      if (claims.length === 0) return NOTHING_TAKEN
      return health.isWell ? takeThere(claims) : taking.here(claims)
    },
    correct(claim, amount, { degraded = false } = {}) {
      if (claim.kind !== 'bucket') return
      if (degraded) memory.correct(claim, amount)
      else if (health.isWell) port.tell('live.correct', claim, amount)
      // What the other process holds cannot be given back here: it would be somebody else's.
      else if (amount > 0) memory.correct(claim, amount)
    },
    release(claims) {
      const slots = claims.filter((claim) => claim.kind === 'slot')
      memory.release(slots)
      for (const claim of slots) held.delete(nameOf(claim))
      // Even to a process that does not answer now: it reads everything in order when it does.
      if (slots.length > 0) port.tell('live.release', slots)
    },
    publish(channel, message) {
      if (health.isWell) port.tell('live.publish', channel, message)
      else channels.deliver(channel, message)
    },
    subscribe(channel, listener) {
      const own = asOwn(listener)
      if (channels.add(channel, own)) port.tell('live.subscribe', channel)
      return () => {
        if (channels.remove(channel, own)) port.tell('live.unsubscribe', channel)
      }
    },
    get healthy() {
      return health.isWell
    },
    async close() {
      health.close()
      if (held.size > 0) port.tell('live.release', [...held.values()])
      held.clear()
    },
  }
}

const nameOf = ({ key, lease }: SlotClaim): string => `${key} ${lease}`
