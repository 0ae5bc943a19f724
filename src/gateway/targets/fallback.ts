/** Tries targets in order until one answers. */
import { GatewayError, isKeyRefused, toGatewayError } from '#model'
import { isAboutKey } from '#providers'
import type { Target, Traffic } from '#router'
import type { Log } from '#telemetry'
import type { Answer, GatewayCall } from '../call.ts'
import type { Health } from './health.ts'
import type { CallRecord } from '../record/call-record.ts'
import type { HopGuard } from '../request/hop-guard.ts'
import { nextTry, type RetryOptions, wait } from './retry.ts'

interface TurnOptions {
  readonly hops: HopGuard
  readonly health: Health
  readonly traffic: Traffic
  readonly log: Log
  readonly retry: RetryOptions
}

type TriedRecord = Pick<
  CallRecord,
  'attempt' | 'traced' | 'attemptFailed' | 'settle' | 'answeredBy'
>

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

export const createTurns = ({ hops, health, traffic, log, retry }: TurnOptions): Turns => ({
  async tryInTurn(call, record, targets, attempt) {
    const headers = hops.headers(call.rawHeaders)
    let untried = targets
    let retried = 0
    let keysTried = 0
    /** Takes one that works, as far as is known, or else the first one. */
    const takeNext = () => {
      const next = untried.find(traffic.permits) ?? untried[0]
      untried = untried.filter((each) => each !== next)
      keysTried = 0
      return next
    }
    let target = takeNext()
    for (;;) {
      if (!target) throw new GatewayError('internal', 'No target was left to try.')
      record.attempt(target.provider.name, target.model)
      const attempted = traffic.begin(target)
      try {
        const answered = await attempt(target, record.traced(headers))
        const failure = failureIn(answered)
        if (failure) {
          health.failed(target.provider, failure)
          attempted.failed(failure)
        } else {
          health.succeeded(target.provider)
          attempted.answered()
          record.answeredBy(attempted)
        }
        settleComplete(record, answered)
        return answered
      } catch (thrown) {
        const error = toGatewayError(thrown)
        record.attemptFailed(error.code, error.upstream?.status)
        if (hasAnotherKey(target, error, ++keysTried)) {
          attempted.withdrew()
          continue
        }
        health.failed(target.provider, error)
        attempted.failed(error)
        noteOwnFault(log, call, target, error)
        const targetsLeft = untried.filter(traffic.permits).length
        const next = nextTry(error, { targetsLeft, retried }, retry)
        if (typeof next === 'object') {
          retried++
          await wait(next.afterMs, call.signal)
        } else if (next === 'next target' || (error.curable && untried.length > 0))
          target = takeNext()
        else throw error
      }
    }
  },
  async tryOnce(call, record, target, attempt) {
    record.attempt(target.provider.name, target.model)
    try {
      const answered = await attempt(target, record.traced(hops.headers(call.rawHeaders)))
      settleComplete(record, answered)
      return answered
    } catch (thrown) {
      const error = toGatewayError(thrown)
      record.attemptFailed(error.code, error.upstream?.status)
      noteOwnFault(log, call, target, error)
      throw thrown
    }
  },
})

/** Whether the target may be asked again at once, with another key of its provider. It is not to blame then. */
const hasAnotherKey = ({ provider }: Target, error: GatewayError, tried: number): boolean => {
  const keys = provider.kind === 'http' ? provider.keys : undefined
  return keys !== undefined && isAboutKey(error) && tried < keys.size && keys.wakesInMs === 0
}

/** A complete answer may say itself that it failed. Its client receives it as it is. */
const failureIn = ({ spent }: Answer): GatewayError | undefined => {
  const code = spent?.ending?.code
  if (code === undefined || code === 'cancelled') return undefined
  return new GatewayError(code, 'The upstream says that its answer failed.')
}

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
