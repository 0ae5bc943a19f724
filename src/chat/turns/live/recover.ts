/** Ends the runs of a process that is no longer there, with the text that the log has of them. */
import { GatewayError, toEventError } from '#model'
import type { OpenedSession, RunRecord } from '../../sessions/session-store.ts'
import { createAnswerFold } from '../run/answer-fold.ts'
import { toLastKnownCost } from '../run/cost-summary.ts'
import { toEnd } from '../run/end-run.ts'
import type { SessionCore } from './core.ts'

/** @throws GatewayError `store_unavailable` */
export const recover = async (core: SessionCore, opened: OpenedSession): Promise<void> => {
  for (const run of opened.openRuns) await interrupt(core, run, opened)
}

const interrupt = async (
  { writer, around, key }: SessionCore,
  run: RunRecord,
  { events }: OpenedSession,
): Promise<void> => {
  const { id: runId, messageId, parentId, model, startedAt, continues, prompt } = run
  const message = await writer.read(() => around.store.message(key, messageId))
  const answer = createAnswerFold()
  for (const { event } of events) if ('run_id' in event && event.run_id === runId) answer.add(event)
  const costSummary = toLastKnownCost(answer, model)
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

const hasEnded = (): GatewayError =>
  new GatewayError('internal', 'The server stopped before the answer was complete.', {
    vendorCode: 'interrupted',
  })
