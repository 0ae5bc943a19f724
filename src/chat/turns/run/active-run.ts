/** A run in progress: one call of a model, whose events go into the log while they come. */
import type { AskModel, ModelCall, ModelOutcome } from '#gateway'
import {
  type CostSummary,
  createDeparture,
  type EventError,
  type FinishReason,
  GatewayError,
  type LogEvent,
  type ModelEvent,
  type OnDisconnect,
  type RunEnd,
  type SettledTarget,
  toGatewayError,
  toEventError,
} from '#model'
import { type AnswerFold, createAnswerFold } from './answer-fold.ts'
import { createEventReader } from './to-log-events.ts'
import { toCostSummary, toLastKnownCost } from './cost-summary.ts'

export interface RunPlan {
  readonly runId: string
  /** Of the answer. */
  readonly messageId: string
  readonly parentId: string | null
  readonly model: string
  readonly continues?: string | undefined
  readonly onDisconnect: OnDisconnect
  /** The visit that asked for it. Undefined if it waited in the queue while the process was not there. */
  readonly starter: object | undefined
  readonly place: number
  readonly startedAt: number
}

export interface ActiveRun extends RunPlan {
  readonly answer: AnswerFold
  /** Ends it as soon as possible. Only the first reason counts. */
  stop(status: 'cancelled' | 'interrupted', reason: GatewayError): void
  /** Resolves when its end is in the log. */
  readonly ended: Promise<void>
}

export interface RunOutcome {
  readonly status: RunEnd
  readonly finishReason: string | null
  readonly costSummary: CostSummary
  readonly error?: EventError
}

interface Running {
  readonly plan: RunPlan
  readonly ask: AskModel
  readonly call: Omit<ModelCall, 'signal'>
  readonly emit: (event: LogEvent) => void
  /** Stores the end. */
  readonly end: (run: ActiveRun, outcome: RunOutcome) => Promise<void>
  /** Something is wrong here. */
  readonly onFault: (thrown: unknown) => void
}

export const startRun = ({ plan, ask, call, emit, end, onFault }: Running): ActiveRun => {
  const departure = createDeparture()
  const answer = createAnswerFold()
  let stopped: { readonly status: RunEnd; readonly reason: GatewayError } | undefined
  let finishReason: FinishReason | undefined

  const tell = (event: LogEvent): void => {
    answer.add(event)
    emit(event)
  }
  const toEvents = createEventReader(plan.runId)

  const take = (event: ModelEvent, progress: Parameters<typeof toEvents>[1]): void => {
    if (stopped) return
    if (event.type === 'message-end') finishReason = event.reason
    const told = toEvents(event, progress)
    if (told) tell(told)
  }

  const begin = ({ provider, model }: SettledTarget): void => {
    if (stopped) return
    const target = `${provider}/${model}`
    tell({ type: 'llm_start', run_id: plan.runId, step: 1, model: plan.model, target })
  }

  const askModel = async (): Promise<Partial<ModelOutcome>> => {
    try {
      return await ask({ ...call, signal: departure }, { begin, event: take })
    } catch (thrown) {
      onFault(thrown)
      departure.abort(toGatewayError(thrown))
      return { error: toGatewayError(thrown) }
    }
  }

  const perform = async (): Promise<void> => {
    const { settlement, error } = await askModel()
    const costSummary = settlement
      ? toCostSummary(settlement, plan.model)
      : toLastKnownCost(answer, plan.model)
    const step = answer.openStep
    if (step !== undefined)
      tell({ type: 'llm_end', run_id: plan.runId, step, cost_summary: costSummary })
    const failure = stopped ? toStopError(stopped) : error && toEventError(error)
    await end(run, {
      status: stopped?.status ?? (error ? 'failed' : 'done'),
      finishReason: stopped || error ? null : toWord(finishReason),
      costSummary,
      ...(failure && { error: failure }),
    })
  }

  const run: ActiveRun = {
    ...plan,
    answer,
    stop(status, reason) {
      stopped ??= { status, reason }
      departure.abort(stopped.reason)
    },
    // Whoever started it has to know it before its first event.
    ended: Promise.resolve()
      .then(perform)
      .catch((thrown: unknown) => {
        // The session is gone, or goes on elsewhere.
        if (!(thrown instanceof GatewayError)) onFault(thrown)
      }),
  }
  return run
}

/** Whoever cancels a run needs no reason for it. */
const toStopError = ({ reason }: { readonly reason: GatewayError }): EventError | undefined =>
  reason.vendorCode === 'cancelled' ? undefined : toEventError(reason)

const toWord = (reason: FinishReason = 'other'): string => reason.replaceAll('-', '_')
