/** Targets have their turns, one after another, until one of them answers. */
import { GatewayError, toGatewayError } from '#model'
import type { Target } from '#router'
import type { Log } from '#telemetry'
import type { Answer, GatewayCall } from '../call.ts'
import { type Health, isKeyRefused } from './health.ts'
import type { HopGuard } from '../request/hop-guard.ts'
import { nextTry, type RetryOptions, wait } from './retry.ts'

interface TurnOptions {
  readonly hops: HopGuard
  readonly health: Health
  readonly log: Log
  readonly retry: RetryOptions
}

/** The first answer that any target gives. */
type TryInTurn = <Chosen extends Target, Given extends Answer>(
  call: GatewayCall,
  targets: readonly Chosen[],
  attempt: (target: Chosen, headers: readonly string[]) => Promise<Given>,
) => Promise<Given>

export const createTurns =
  ({ hops, health, log, retry }: TurnOptions): TryInTurn =>
  async (call, targets, attempt) => {
    const headers = hops.headers(call.rawHeaders)
    let position = 0
    let retried = 0
    for (;;) {
      const target = targets[position]
      if (!target) throw new GatewayError('internal', 'No target was left to try.')
      try {
        const answered = await attempt(target, headers)
        health.succeeded(target.provider)
        return answered
      } catch (thrown) {
        const error = toGatewayError(thrown)
        health.failed(target.provider, error)
        noteOwnFault(log, call, target, error)
        const targetsLeft = targets.length - position - 1
        const next = nextTry(error, { targetsLeft, retried }, retry)
        if (next === 'give up') throw error
        if (next === 'next target') position++
        else {
          retried++
          await wait(next.afterMs, call.signal)
        }
      }
    }
  }

/** What the operator can mend and the client cannot. */
export const noteOwnFault = (
  log: Log,
  { requestId }: GatewayCall,
  { provider }: Target,
  error: GatewayError,
): void => {
  if (error.code !== 'upstream_denied') return
  log.error(
    { requestId, provider: provider.name, status: error.status },
    isKeyRefused(error)
      ? 'the provider refuses the configured key'
      : 'the provider refuses this request to the configured key',
  )
}
