/** The slots that this process holds. They are renewed every third of their time, so that Redis ends no other. */
import type { SlotClaim } from '../live-store.ts'
import type { Step } from '../../redis/script.ts'
import { toRedisKey } from './claims-by-tag.ts'
import { RENEW } from './scripts.ts'

export interface Leases {
  hold(claim: SlotClaim): void
  release(claim: SlotClaim): void
  /** Renews all of them at once: Redis may have lost them. */
  renew(): void
  readonly held: readonly SlotClaim[]
  close(): void
}

const RENEWALS = 3

interface Beat {
  readonly timer: NodeJS.Timeout
  readonly claims: Map<string, SlotClaim>
}

export const createLeases = (send: (step: Step) => void): Leases => {
  /** By `ttlMs`: in practice there is one. */
  const beats = new Map<number, Beat>()

  const renewAll = (ttlMs: number, claims: Iterable<SlotClaim>): void => {
    for (const step of toRenewals(ttlMs, claims)) send(step)
  }

  const start = (ttlMs: number): Beat => {
    const claims = new Map<string, SlotClaim>()
    const timer = setInterval(() => renewAll(ttlMs, claims.values()), ttlMs / RENEWALS).unref()
    const beat = { timer, claims }
    beats.set(ttlMs, beat)
    return beat
  }

  return {
    hold(claim) {
      const { claims } = beats.get(claim.ttlMs) ?? start(claim.ttlMs)
      claims.set(nameOf(claim), claim)
    },
    release(claim) {
      const beat = beats.get(claim.ttlMs)
      beat?.claims.delete(nameOf(claim))
      if (beat?.claims.size !== 0) return
      clearInterval(beat.timer)
      beats.delete(claim.ttlMs)
    },
    renew() {
      for (const [ttlMs, { claims }] of beats) renewAll(ttlMs, claims.values())
    },
    get held() {
      return [...beats.values()].flatMap(({ claims }) => [...claims.values()])
    },
    close() {
      for (const { timer } of beats.values()) clearInterval(timer)
      beats.clear()
    },
  }
}

const nameOf = ({ key, lease }: SlotClaim): string => `${key} ${lease}`

/** One step for each key. */
const toRenewals = (ttlMs: number, claims: Iterable<SlotClaim>): Step[] => {
  const leases = new Map<string, string[]>()
  for (const claim of claims) {
    const key = toRedisKey(claim)
    const others = leases.get(key)
    if (others) others.push(claim.lease)
    else leases.set(key, [claim.lease])
  }
  return [...leases].map(([key, names]) => ({
    script: RENEW,
    keys: [key],
    args: [ttlMs, ...names],
  }))
}
