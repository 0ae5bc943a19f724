/** Tries targets in order until one answers. */
import { GatewayError, toGatewayError } from '#model'
import type { Target } from '#router'
import type { Log } from '#telemetry'
import type { Answer, GatewayCall } from '../call.ts'
import { type Health, isKeyRefused } from './health.ts'
import type { CallRecord } from '../record/call-record.ts'
import type { HopGuard } from '../request/hop-guard.ts'
import { nextTry, type RetryOptions, wait } from './retry.ts'

interface TurnOptions {
  readonly hops: HopGuard
  readonly health: Health
  readonly log: Log
  readonly retry: RetryOptions
}

type TriedRecord = Pick<CallRecord, 'attempt' | 'attemptFailed' | 'settle'>

type Attempt<Chosen, Given extends Answer> = (
  target: Chosen,
  headers: readonly string[],
) => Promise<Given>

export interface Turns {
  /** Resolves with the answer of the first target that succeeds. */
  tryInTurn<Chosen extends Target, Given extends Answer>(
    call: GatewayCall,
    record: TriedRecord,
    targets: readonly Chosen[],
    attempt: Attempt<Chosen, Given>,
  ): Promise<Given>
  /** Makes one attempt, whose failure is that of the call and does not count against its provider. */
  tryOnce<Chosen extends Target, Given extends Answer>(
    call: GatewayCall,
    record: TriedRecord,
    target: Chosen,
    attempt: Attempt<Chosen, Given>,
  ): Promise<Given>
}

export const createTurns = ({ hops, health, log, retry }: TurnOptions): Turns => ({
  async tryInTurn(call, record, targets, attempt) {
    const headers = hops.headers(call.rawHeaders)
    let position = 0
    let retried = 0
    for (;;) {
      const target = targets[position]
      if (!target) throw new GatewayError('internal', 'No target was left to try.')
      record.attempt(target.provider.name, target.model)
      try {
        const answered = await attempt(target, headers)
        health.succeeded(target.provider)
        settleComplete(record, answered)
        return answered
      } catch (thrown) {
        const error = toGatewayError(thrown)
        record.attemptFailed(error.code)
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
  },
  async tryOnce(call, record, target, attempt) {
    record.attempt(target.provider.name, target.model)
    try {
      const answered = await attempt(target, hops.headers(call.rawHeaders))
      settleComplete(record, answered)
      return answered
    } catch (thrown) {
      const error = toGatewayError(thrown)
      record.attemptFailed(error.code)
      noteOwnFault(log, call, target, error)
      throw thrown
    }
  },
})

/** Settles a call whose answer is complete. A stream settles its call when it ends. */
const settleComplete = (record: TriedRecord, { spent }: Answer): void => {
  if (spent) record.settle('ok', spent)
}

/** Logs a fault that the operator can fix and the client cannot. */
const noteOwnFault = (
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
