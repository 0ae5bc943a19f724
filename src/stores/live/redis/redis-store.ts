/** Live state in Redis, shared by all processes. Calls never depend on it: they wait a tenth of a second at most. */
import type { Redis } from 'ioredis'
import type {
  BucketClaim,
  Claim,
  LiveStore,
  OnStoreFailure,
  SlotClaim,
  StoreLog,
  Verdict,
} from '../live-store.ts'
import { createHealth } from '../health.ts'
import { createMemoryStore } from '../memory/memory-store.ts'
import { createPatience } from '../patience.ts'
import { createTaking } from '../taking.ts'
import { openConnection } from '../../redis/connection.ts'
import { runStep, type Step } from '../../redis/script.ts'
import {
  type Group,
  type Reply,
  toCorrection,
  toGroups,
  toReply,
  toReturn,
  toTake,
  toVerdict,
} from './claims-by-tag.ts'
import { createLeases } from './leases.ts'
import { createMessages, toRedisChannel } from './messages.ts'
import { SCRIPTS } from './scripts.ts'
import { createSharedValues } from './shared-values.ts'

export interface RedisStoreOptions {
  /** It may contain a password. */
  readonly url: string
  readonly onStoreFailure: OnStoreFailure
  readonly log?: StoreLog
  /** Called with how long a call waited. */
  readonly onWaited?: (milliseconds: number) => void
}

/** What a call may wait for Redis. */
const BUDGET_MS = 100

/** It is written, as a call writes: a server that can only be read, or has no memory left, is of no use. */
const PROBE: BucketClaim = {
  kind: 'bucket',
  key: '{probe}',
  perMinute: 60_000,
  burst: 1_000_000,
  amount: 1,
}

export const createRedisStore = ({
  url,
  onStoreFailure,
  log,
  onWaited,
}: RedisStoreOptions): LiveStore => {
  /** Answers while Redis is ill. It also knows the slots that this process holds in Redis. */
  const memory = createMemoryStore()
  const messages = createMessages(url)
  const patience = createPatience(BUDGET_MS)

  const connection = openConnection(url, 'sluice', {
    onReady() {
      for (const { text } of SCRIPTS) connection.client?.script('LOAD', text).catch(health.fail)
      void health.ask()
    },
    onGone: () => health.fail(new Error('The connection was closed.')),
    onError: (error) => health.fail(error),
  })

  const health = createHealth({
    store: 'Redis',
    probe: async () => {
      const { client } = connection
      if (!client) throw new Error('There is no connection.')
      const steps = [toTake([PROBE]), toCorrection(PROBE, -PROBE.amount)]
      await patience.within(Promise.all(steps.map((step) => runStep(client, step))))
    },
    onRecovery: () => leases.renew(),
    log,
  })

  const usable = (): Redis | undefined => (health.isWell ? connection.client : undefined)

  let isSuspected = false

  /** Finds out whether Redis is ill. */
  const suspect = async (): Promise<void> => {
    if (isSuspected) return
    isSuspected = true
    await health.ask()
    isSuspected = false
  }

  /** For what no call waits for. Never rejects. */
  const send = async (step: Step, client = usable()): Promise<void> => {
    if (client) await patience.within(runStep(client, step)).catch(health.fail)
  }

  const leases = createLeases(send)

  const hold = (claims: readonly Claim[]): void => {
    for (const claim of slotsOf(claims)) {
      memory.hold(claim)
      leases.hold(claim)
    }
  }

  const returnTaken = (groups: readonly Group[], replies: readonly Reply[]): void => {
    for (const [at, group] of groups.entries()) {
      const reply = replies[at]
      if (reply && reply.refused < 0) void send(toReturn(group, reply), connection.client)
    }
  }

  const taking = createTaking({ memory, health, patience, onStoreFailure, onWaited, hold })

  const takeThere = (client: Redis, claims: readonly Claim[]): Promise<Verdict> => {
    const groups = toGroups(claims)
    return taking.there(claims, {
      asked: Promise.all(
        groups.map(async (group) => toReply(group, await runStep(client, toTake(group.claims)))),
      ),
      toVerdict: (replies) => toVerdict(groups, replies),
      giveBack: (replies) => returnTaken(groups, replies),
    })
  }

  return {
    ready: health.ready,
    take(claims) {
      const client = usable()
      return client ? takeThere(client, claims) : taking.here(claims)
    },
    correct(claim, amount, { degraded = false } = {}) {
      if (claim.kind !== 'bucket') return
      if (degraded) memory.correct(claim, amount)
      else if (usable()) void send(toCorrection(claim, amount))
      // What Redis holds cannot be given back here: it would be somebody else's.
      else if (amount > 0) memory.correct(claim, amount)
    },
    release(claims) {
      for (const claim of slotsOf(claims)) {
        memory.release([claim])
        leases.release(claim)
        void send(toCorrection(claim, 0))
      }
    },
    publish(channel, message) {
      const client = usable()
      if (!client) return messages.deliver(channel, message)
      patience.within(client.publish(toRedisChannel(channel), message)).catch((error: Error) => {
        // A user of Redis may have no channels. It can still count limits.
        if (!error.message.startsWith('NOPERM')) return health.fail(error)
        messages.deliver(channel, message)
      })
    },
    subscribe: messages.subscribe,
    values: createSharedValues({
      usable,
      budgetMs: BUDGET_MS,
      onLate: suspect,
      ...(onWaited && { onWaited }),
    }),
    get healthy() {
      return usable() !== undefined
    },
    async close() {
      const { held } = leases
      leases.close()
      await Promise.all(held.map((claim) => send(toCorrection(claim, 0))))
      health.close()
      await Promise.all([connection.close(), messages.close()])
    },
  }
}

const slotsOf = (claims: readonly Claim[]): SlotClaim[] =>
  claims.filter((claim) => claim.kind === 'slot')
