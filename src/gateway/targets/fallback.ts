/** Tries targets in order until one answers. */
import { GatewayError, isKeyRefused, toGatewayError } from '#model'
import { isAboutKey } from '#providers'
import type { Target, Traffic } from '#router'
import type { Log } from '#telemetry'
import type { Answer, GatewayCall } from '../call.ts'
import type { Health } from './health.ts'
import type { CallRecord } from '../record/call-record.ts'
import type { RacedRecord } from '../record/racing-record.ts'
import type { HopGuard } from '../request/hop-guard.ts'
import type { Hedging } from './hedge.ts'
import { race, type Racer } from './race.ts'
import { nextTry, type RetryOptions, wait } from './retry.ts'

export interface TurnOptions {
  readonly hops: HopGuard
  readonly health: Health
  readonly traffic: Traffic
  /** Called with the target that answered a call. */
  readonly answered: (call: GatewayCall, targets: readonly Target[], target: Target) => void
  readonly log: Log
  readonly retry: RetryOptions
}

type TriedRecord = RacedRecord & Pick<CallRecord, 'answeredBy'>

/** @param racer present if another attempt may run at the same time. */
type Attempt<Chosen, Given extends Answer> = (
  target: Chosen,
  headers: readonly string[],
  racer?: Racer,
) => Promise<Given>

interface Turn<Chosen> {
  readonly target: Chosen
  keysTried: number
}

type Ended<Chosen, Given> =
  | { readonly answered: Given }
  | {
      readonly turn: Turn<Chosen>
      readonly error: GatewayError
      /** The same target is to be asked at once, with another key. */
      readonly again: boolean
    }

export interface Turns {
  /**
   * Resolves with the answer of the first target that succeeds.
   *
   * @param hedging absent: one target is asked at a time.
   */
  tryInTurn<Chosen extends Target, Given extends Answer>(
    call: GatewayCall,
    record: TriedRecord,
    targets: readonly Chosen[],
    attempt: Attempt<Chosen, Given>,
    hedging?: Hedging,
  ): Promise<Given>
  /** Makes one attempt, whose failure is that of the call and does not count against its provider. */
  tryOnce<Chosen extends Target, Given extends Answer>(
    call: GatewayCall,
    record: TriedRecord,
    target: Chosen,
    attempt: Attempt<Chosen, Given>,
  ): Promise<Given>
}

export const createTurns = ({
  hops,
  health,
  traffic,
  answered: noteAnswered,
  log,
  retry,
}: TurnOptions): Turns => ({
  async tryInTurn<Chosen extends Target, Given extends Answer>(
    call: GatewayCall,
    record: TriedRecord,
    targets: readonly Chosen[],
    attempt: Attempt<Chosen, Given>,
    hedging?: Hedging,
  ) {
    const headers = hops.headers(call.rawHeaders)
    let untried = targets
    let retried = 0
    let hedge = hedging

    const take = (target: Chosen | undefined): Turn<Chosen> | undefined => {
      untried = untried.filter((each) => each !== target)
      return target && { target, keysTried: 0 }
    }
    /** Takes one that works, as far as is known, or else the first one. */
    const takeNext = () => take(untried.find(traffic.permits) ?? untried[0])
    /** Once for each call. The same target again is better than nothing if there is no other one at all. */
    const takeSecond = () => {
      const others = targets.length === 1 ? targets : untried
      const second = others.find((each) => traffic.permits(each) && hedge?.mayAsk(each))
      if (second) hedge = undefined
      return take(second)
    }

    const run = async (turn: Turn<Chosen>, racer?: Racer): Promise<Ended<Chosen, Given>> => {
      const { target } = turn
      const noting = racer?.record ?? record
      if (!racer) record.attempt(target.provider.name, target.model)
      const attempted = traffic.begin(target)
      try {
        const answered = await attempt(target, noting.traced(headers), racer)
        if (racer?.record.hasLost) attempted.outrun()
        else {
          const failure = failureIn(answered)
          if (failure) {
            health.failed(target.provider, failure)
            attempted.failed(failure)
          } else {
            health.succeeded(target.provider)
            attempted.answered()
            noteAnswered(call, targets, target)
            record.answeredBy(attempted)
          }
          settleComplete(record, answered)
        }
        return { answered }
      } catch (thrown) {
        const error = toGatewayError(thrown)
        const again = !racer?.record.hasLost && hasAnotherKey(target, error, ++turn.keysTried)
        if (racer?.record.hasLost) attempted.outrun()
        else {
          const status = error.upstream?.status
          if (racer) racer.record.failed(error.code, status)
          else record.attemptFailed(error.code, status)
          if (again) attempted.withdrew()
          else {
            health.failed(target.provider, error)
            attempted.failed(error)
            noteOwnFault(log, call, target, error)
          }
        }
        return { turn, error, again }
      }
    }

    let turn = takeNext()
    for (;;) {
      if (!turn) throw new GatewayError('internal', 'No target was left to try.')
      const ended: Ended<Chosen, Given> = hedge?.mayAsk(turn.target)
        ? await race(turn, { call, record, afterMs: hedge.afterMs, takeSecond, run })
        : await run(turn)
      if ('answered' in ended) return ended.answered
      const { error, again } = ended
      turn = ended.turn
      if (again) continue
      const targetsLeft = untried.filter(traffic.permits).length
      const next = nextTry(error, { targetsLeft, retried }, retry)
      if (typeof next === 'object') {
        retried++
        await wait(next.afterMs, call.signal)
      } else if (next === 'next target' || (error.curable && untried.length > 0)) turn = takeNext()
      else throw error
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
