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

/** How many keys are renewed at once: what calls ask waits behind them. */
const RENEWED_AT_ONCE = 200

interface Beat {
  readonly timer: NodeJS.Timeout
  readonly claims: Map<string, SlotClaim>
}

/** @param send resolves when Redis has answered. Never rejects. */
export const createLeases = (send: (step: Step) => Promise<void>): Leases => {
  /** By `ttlMs`: in practice there is one. */
  const beats = new Map<number, Beat>()

  const renewAll = async (ttlMs: number, claims: Beat['claims']): Promise<void> => {
    const keys = [...byKey(claims.values())]
    for (let at = 0; at < keys.length; at += RENEWED_AT_ONCE) {
      const steps = keys.slice(at, at + RENEWED_AT_ONCE).flatMap(([key, held]) => {
        // What was released in the meantime must not come back.
        const leases = held.filter((claim) => claims.has(nameOf(claim)))
        return leases.length === 0 ? [] : toRenewal(ttlMs, key, leases)
      })
      await Promise.all(steps.map((step) => send(step)))
    }
  }

  const start = (ttlMs: number): Beat => {
    const claims = new Map<string, SlotClaim>()
    const timer = setInterval(() => void renewAll(ttlMs, claims), ttlMs / RENEWALS).unref()
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
      for (const [ttlMs, { claims }] of beats) void renewAll(ttlMs, claims)
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

const byKey = (claims: Iterable<SlotClaim>): Map<string, SlotClaim[]> => {
  const keys = new Map<string, SlotClaim[]>()
  for (const claim of claims) {
    const key = toRedisKey(claim)
    const others = keys.get(key)
    if (others) others.push(claim)
    else keys.set(key, [claim])
  }
  return keys
}

const toRenewal = (ttlMs: number, key: string, claims: readonly SlotClaim[]): Step => ({
  script: RENEW,
  keys: [key],
  args: [ttlMs, ...claims.map(({ lease }) => lease)],
})
