/** Emits a plan as events, at its pace. */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { type GatewayError, type ModelEvent, type ModelRequest, NO_USAGE, type Usage } from '#model'
import { toError } from './directives.ts'
import { type Plan, toPlan } from './plan.ts'
import { countRequestTokens, tokenize } from './tokens.ts'

export interface DemoOptions {
  /** The pause between the tokens of a stream. */
  readonly paceMs?: number
}

/** The model that every answer names, regardless of the model that was requested. */
export const DEMO_MODEL = 'demo/echo'

const READABLE_PACE_MS = 15
// Without a pause, a long answer would block everything else, including its abort.
const DELTAS_PER_TURN = 64

/** Throws the errors that a real upstream reports before its answer; later failures are events. */
export const answerRequest = async function* (
  request: ModelRequest,
  signal: AbortSignal,
  { paceMs = READABLE_PACE_MS }: DemoOptions = {},
): AsyncGenerator<ModelEvent, undefined> {
  signal.throwIfAborted()
  const plan = toPlan(request)
  const inputTokens = countRequestTokens(request)
  const pace = plan.paceMs ?? (request.stream ? paceMs : 0)
  await pause(plan.delayMs, signal)
  await failBefore(plan, signal)
  yield {
    type: 'message-start',
    id: plan.id,
    model: DEMO_MODEL,
    usage: { ...NO_USAGE, inputTokens },
  }

  const failsAt = plan.fault?.kind === 'status' ? undefined : plan.fault?.afterDeltas
  let deltas = 0
  let reasoningTokens = 0
  let index = 0
  for (const { opening, text } of plan.parts) {
    if (deltas === failsAt) return yield* failWithin(plan, signal)
    yield { type: 'part-start', index, part: opening }
    for (const token of tokenize(text)) {
      if (deltas === failsAt) return yield* failWithin(plan, signal)
      if (pace > 0) await pause(pace, signal)
      else if (deltas % DELTAS_PER_TURN === DELTAS_PER_TURN - 1) await setImmediate()
      signal.throwIfAborted()
      yield { type: 'part-delta', index, text: token }
      deltas++
      if (opening.kind === 'reasoning') reasoningTokens++
    }
    yield { type: 'part-end', index: index++ }
  }
  if (failsAt !== undefined) return yield* failWithin(plan, signal)

  const usage: Usage = { ...NO_USAGE, inputTokens, outputTokens: deltas, reasoningTokens }
  const { reason, stopSequence } = plan
  yield stopSequence === undefined
    ? { type: 'message-end', reason, usage }
    : { type: 'message-end', reason, stopSequence, usage }
}

const failBefore = async ({ fault }: Plan, signal: AbortSignal): Promise<void> => {
  if (!fault || (fault.kind !== 'status' && fault.afterDeltas !== undefined)) return
  throw await toFailure(fault, signal)
}

const failWithin = async function* (
  { fault }: Plan,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, undefined> {
  if (fault) yield { type: 'error', error: await toFailure(fault, signal) }
}

const toFailure = async (
  fault: NonNullable<Plan['fault']>,
  signal: AbortSignal,
): Promise<GatewayError> => toError(fault) ?? (await forever(signal))

const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

const pause = async (delayMs: number, signal: AbortSignal): Promise<void> => {
  if (delayMs === 0) return
  try {
    await setTimeout(delayMs, undefined, { signal })
  } catch (thrown) {
    signal.throwIfAborted()
    throw thrown
  }
}
