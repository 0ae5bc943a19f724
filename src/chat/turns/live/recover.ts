/** Ends the runs of a process that is no longer there, with the text that the log has of them. */
import { type CostSummary, GatewayError, type SettledTarget, toEventError } from '#model'
import type { OpenedSession, RunRecord } from '../../sessions/session-store.ts'
import { fromStore } from '../log/from-store.ts'
import { type AnswerFold, createAnswerFold } from '../run/answer-fold.ts'
import { toCostSummary, toLastKnownCost } from '../run/cost-summary.ts'
import { toEnd } from '../run/end-run.ts'
import type { SessionCore, Surroundings } from './core.ts'

/** @throws GatewayError `store_unavailable` */
export const recover = async (core: SessionCore, opened: OpenedSession): Promise<void> => {
  for (const run of opened.openRuns) await interrupt(core, run, opened)
}

const interrupt = async (
  { writer, around, key }: SessionCore,
  run: RunRecord,
  { events: kept, cut }: OpenedSession,
): Promise<void> => {
  const events = cut?.events ?? kept
  const { id: runId, messageId, parentId, model, startedAt, continues, prompt } = run
  const message = await writer.read(() => around.store.message(key, messageId))
  const answer = createAnswerFold()
  let lastAt = startedAt
  for (const { event, at } of events) {
    if (!('run_id' in event) || event.run_id !== runId) continue
    answer.add(event)
    lastAt = at
  }
  const costSummary = await toSettledCost(around, run, answer, lastAt)
  const step = answer.openStep
  const change = toEnd(
    { runId, messageId, parentId, model, startedAt, continues, place: message?.place ?? 0 },
    answer,
    { status: 'interrupted', finishReason: null, costSummary, error: toEventError(hasEnded()) },
    { prompt, endedAt: around.now() },
  )
  const callEnd =
    step === undefined
      ? []
      : [{ type: 'llm_end' as const, run_id: runId, step, cost_summary: costSummary }]
  await writer.commit({ ...change, events: [...callEnd, ...change.events] })
}

/**
 * The ledger has it before the run has ended: if this process is killed, too, the next one finds it there.
 *
 * @param lastAt when the last piece of the answer came.
 */
const toSettledCost = async (
  around: Surroundings,
  { id, model, startedAt, call }: RunRecord,
  answer: AnswerFold,
  lastAt: number,
): Promise<CostSummary> => {
  // It is of an earlier version.
  if (!call) return toLastKnownCost(answer, model)
  const { tokenCount: outputTokens, cost, parts } = answer
  const settled = await fromStore(
    around.settleLost({
      ...call,
      id,
      caller: around.findCaller({ id: call.callerId }),
      model,
      target: toTarget(answer.target),
      outputCharacters: parts.reduce(
        (sum, part) => sum + ('text' in part ? part.text.length : 0),
        0,
      ),
      told: { outputTokens, cost },
      startedAtMs: startedAt,
      endedAtMs: lastAt,
    }),
  )
  return toCostSummary(settled, model)
}

const toTarget = (name: string | undefined): SettledTarget | undefined => {
  if (name === undefined) return undefined
  const at = name.indexOf('/')
  return { provider: name.slice(0, at), model: name.slice(at + 1) }
}

const hasEnded = (): GatewayError =>
  new GatewayError('internal', 'The server stopped before the answer was complete.', {
    vendorCode: 'interrupted',
  })
