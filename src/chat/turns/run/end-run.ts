/** The end of a run: its answer, its cost and why it ended are stored, and then readers learn of it. */
import type { LogEvent } from '#model'
import type { MessageRecord, RunRecord, SentPrompt } from '../../sessions/session-store.ts'
import { type SessionCore, toActive } from '../live/core.ts'
import type { Change } from '../log/writer.ts'
import type { ActiveRun, RunOutcome, RunPlan } from './active-run.ts'
import type { AnswerFold } from './answer-fold.ts'

export const endRun = async (
  core: SessionCore,
  run: ActiveRun,
  outcome: RunOutcome,
  prompt: SentPrompt,
): Promise<void> => {
  const change = toEnd(run, run.answer, outcome, { prompt, endedAt: core.around.now() })
  try {
    await core.writer.commitAtLast({
      ...change,
      rows: { ...change.rows, session: toActive(core) },
    })
  } finally {
    if (core.run === run) core.run = undefined
    core.presence.changed()
    core.onRest()
  }
}

type Ended = Omit<RunPlan, 'onDisconnect' | 'starter'>

/** The events and rows of an end. */
export const toEnd = (
  run: Ended,
  answer: Pick<AnswerFold, 'content' | 'parts' | 'target'>,
  outcome: RunOutcome,
  { prompt, endedAt }: { readonly prompt?: RunRecord['prompt']; readonly endedAt: number },
): Change => {
  const { runId, messageId, parentId, model, place, startedAt, continues } = run
  const { status, finishReason, costSummary, error } = outcome
  const event: LogEvent = {
    type: 'run_end',
    run_id: runId,
    message_id: messageId,
    status,
    result: answer.content,
    finish_reason: finishReason,
    cost_summary: costSummary,
    ...(error && { error }),
  }
  const message: MessageRecord = {
    id: messageId,
    parentId,
    place,
    role: 'assistant',
    content: answer.content,
    parts: answer.parts,
    status,
    model,
    runId,
    createdAt: startedAt,
    costSummary,
  }
  const record: RunRecord = {
    id: runId,
    messageId,
    parentId,
    status,
    model,
    startedAt,
    endedAt,
    costSummary,
    ...(answer.target === undefined ? {} : { target: answer.target }),
    ...(finishReason === null ? {} : { finishReason }),
    ...(error && { error: { message: error.message, code: error.code } }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(continues === undefined ? {} : { continues }),
  }
  return { events: [event], rows: { messages: [message], runs: [record] } }
}
