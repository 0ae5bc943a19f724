/** The processes that share a Redis. Nothing waits longer than a second for it. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { StoreLog } from '../../live/live-store.ts'
import { createPatience } from '../../live/patience.ts'
import { GatewayError } from '#model'
import { openConnection } from '../../redis/connection.ts'
import { createListeners } from '../listeners.ts'
import type { ReplicaListener, Replicas } from '../replicas.ts'
import { replicasUnavailable } from '../unavailable.ts'
import { readBatch } from './batches.ts'
import type { Life } from './keys.ts'
import { createInbox } from './inbox.ts'
import { createOutbox } from './outbox.ts'
import { createOwnership } from './ownership.ts'
import { createPeers } from './peers.ts'
import { createPresence } from './presence.ts'
import { SCRIPTS } from './scripts.ts'

export interface RedisReplicasOptions {
  /** It may contain a password. */
  readonly url: string
  readonly log?: StoreLog
}

/** What a call may wait for Redis. */
const BUDGET_MS = 1_000

export const createRedisReplicas = ({ url, log }: RedisReplicasOptions): Replicas => {
  const self = randomUUID()
  const listeners = createListeners()
  const patience = createPatience(BUDGET_MS)
  let isClosed = false
  let isReported = false
  const whenKnown = Promise.withResolvers<void>()
  /** A start asks at once, but waits no longer than any call. */
  const untilKnown = Promise.race([whenKnown.promise, sleep(BUDGET_MS, undefined, { ref: false })])

  const usable = (): Redis | undefined => connection.client

  const report = ({ message }: Error): void => {
    if (isReported || isClosed) return
    isReported = true
    log?.warn({ reason: message }, 'other processes cannot be reached through Redis')
  }

  const tell = (what: (listener: ReplicaListener) => void): void => {
    if (!isClosed) listeners.tell(what)
  }

  const tellLost = (names: readonly string[]): void => {
    if (names.length > 0) tell((listener) => listener.lost(names))
  }

  const peers = createPeers(tell, (replica) => outbox.forget(replica))
  /** Those that were alive when this process looked last. */
  let living: readonly Life[] = []

  const presence = createPresence({
    self,
    usable,
    patience,
    onLiving(lives, askedAtMs) {
      living = lives
      peers.compare(lives, askedAtMs)
    },
    onRenewed() {
      whenKnown.resolve()
      if (isReported) log?.info({}, 'other processes are reached through Redis again')
      isReported = false
      outbox.mend()
      ownership.keep()
    },
    onLost() {
      outbox.forgetAll()
      const names = ownership.giveUp()
      // Not as a part of the call that noticed it.
      queueMicrotask(() => {
        tellLost(names)
        peers.miss()
      })
    },
    onFlushed() {
      inbox.rewind()
      peers.miss()
      ownership
        .restore()
        .then(() => tell((listener) => listener.flushed?.()))
        .catch(presence.fail)
    },
    onTrouble: report,
  })

  const ownership = createOwnership({
    usable,
    life: () => presence.life,
    mayTake: () => !presence.isEarly,
    onUnknown: presence.look,
    onLost: tellLost,
    onTrouble: presence.fail,
  })

  const outbox = createOutbox({
    usable: () => (presence.isHeld ? usable() : undefined),
    self: () => presence.life,
    patience,
    onAbsent: presence.look,
    onTrouble: presence.fail,
  })

  const inbox = createInbox({
    url,
    self,
    usable,
    onBatch(text) {
      // What was sent to a process that had ended for the others is about its past.
      if (!presence.isHeld) return
      const batch = readBatch(text)
      if (batch) peers.hear(batch)
    },
  })

  const connection = openConnection(url, 'sluice-replicas', {
    onReady() {
      for (const { text } of SCRIPTS) usable()?.script('LOAD', text).catch(presence.fail)
      presence.renew()
      // It may be another server, or one that has lost a moment.
      if (presence.isHeld) ownership.restore().catch(presence.fail)
    },
    onGone: () => presence.fail(new Error('The connection was closed.')),
    onError: (error) => presence.fail(error),
  })

  const sendHere = (message: string): void => {
    setImmediate(() => tell((listener) => listener.message(self, message)))
  }

  /** @param late what to do with an answer that nobody waits for. @throws GatewayError `store_unavailable` */
  const within = async <Answer>(
    ask: () => Promise<Answer>,
    late?: (answer: Answer) => void,
  ): Promise<Answer> => {
    await untilKnown
    if (!presence.isWell) throw replicasUnavailable()
    const { number } = presence.life
    try {
      const answer = await patience.within(ask(), late)
      if (presence.isHeld && presence.life.number === number) return answer
    } catch (error) {
      if (error instanceof GatewayError) throw error
      presence.fail(error as Error)
    }
    throw replicasUnavailable()
  }

  return {
    self,
    async claim(name) {
      if (presence.isHeld && ownership.owns(name)) return self
      const owner = await within(
        () => ownership.claim(name),
        (late) => ownership.giveBack(name, late),
      )
      if (owner.replica === self) ownership.hold(name)
      else peers.note(owner.replica, owner.number)
      return owner.replica
    },
    release: ownership.release,
    async living() {
      const lives = await within(() => presence.living())
      if (presence.isEarly) throw replicasUnavailable()
      return lives.map(({ replica }) => replica)
    },
    send(to, message) {
      if (isClosed) return
      if (to === self) return sendHere(message)
      peers.note(to)
      outbox.send(to, message)
    },
    listen: listeners.add,
    get isWell() {
      return presence.isWell
    },
    async close() {
      if (isClosed) return
      isClosed = true
      const others = new Set([...peers.known, ...living.map(({ replica }) => replica)])
      others.delete(self)
      const parting = [outbox.close([...others]), ownership.releaseAll(), presence.close()]
      await Promise.race([Promise.allSettled(parting), sleep(BUDGET_MS, undefined, { ref: false })])
      await Promise.all([connection.close(), inbox.close()])
    },
  }
}
