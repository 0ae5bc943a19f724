/** Takes claims in a store in another process, or in this one while that store does not answer. */
import { GatewayError } from '#model'
import { type Health, PROBE_MS } from './health.ts'
import type { Claim, OnStoreFailure, Verdict } from './live-store.ts'
import type { MemoryStore } from './memory/memory-store.ts'
import type { Patience } from './patience.ts'

export interface TakingOptions {
  /** Answers while the other store does not. */
  readonly memory: MemoryStore
  readonly health: Health
  readonly patience: Patience
  readonly onStoreFailure: OnStoreFailure
  /** Called with how long a call waited. */
  readonly onWaited: ((milliseconds: number) => void) | undefined
  /** Called with what was taken, wherever that was. */
  readonly hold: (claims: readonly Claim[]) => void
}

export interface Taking {
  /** @throws GatewayError `store_unavailable` */
  here(claims: readonly Claim[]): Verdict
  /** @throws GatewayError `store_unavailable` */
  there<Answer>(claims: readonly Claim[], question: Question<Answer>): Promise<Verdict>
}

/** What the other store is asked. */
interface Question<Answer> {
  readonly asked: Promise<Answer>
  readonly toVerdict: (answer: Answer) => Verdict
  /** Gives back what was taken by an answer that is not used. */
  readonly giveBack: (answer: Answer) => void
}

export const createTaking = ({
  memory,
  health,
  patience,
  onStoreFailure,
  onWaited,
  hold,
}: TakingOptions): Taking => {
  const here = (claims: readonly Claim[]): Verdict => {
    if (onStoreFailure === 'refuse') throw unavailable()
    const verdict = memory.take(claims)
    if (verdict.allowed) hold(claims)
    return { ...verdict, degraded: true }
  }

  return {
    here,
    async there(claims, { asked, toVerdict, giveBack }) {
      let isAllowedHere = false
      const askedAt = performance.now()
      try {
        const answer = await patience.within(asked, (late) => {
          if (!isAllowedHere) giveBack(late)
        })
        const verdict = toVerdict(answer)
        if (verdict.allowed) hold(claims)
        else giveBack(answer)
        return verdict
      } catch (error) {
        health.fail(error as Error)
        const verdict = here(claims)
        isAllowedHere = verdict.allowed
        return verdict
      } finally {
        onWaited?.(performance.now() - askedAt)
      }
    },
  }
}

/** What a caller is told while limits cannot be checked. */
const unavailable = (): GatewayError =>
  new GatewayError(
    'store_unavailable',
    'The limits cannot be checked at present. Try again shortly.',
    { retryAfterMs: PROBE_MS },
  )
