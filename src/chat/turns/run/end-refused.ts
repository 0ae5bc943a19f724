/** A run whose beginning was stored although it was refused. No model was asked, so it ends at once. */
import { toEventError } from '#model'
import type { SessionCore } from '../live/core.ts'
import { storeUnavailable } from '../log/from-store.ts'
import type { Change } from '../log/writer.ts'
import { createAnswerFold } from './answer-fold.ts'
import { NO_COST } from './cost-summary.ts'
import { toEnd } from './end-run.ts'

export const endRefused = ({ writer, around }: SessionCore, { rows = {} }: Change): void => {
  for (const run of rows.runs ?? []) {
    const message = rows.messages?.find(({ id }) => id === run.messageId)
    if (run.status !== 'running' || !message) continue
    const { id: runId, prompt, ...begun } = run
    const change = toEnd(
      { ...begun, runId, place: message.place },
      createAnswerFold(),
      {
        status: 'failed',
        finishReason: null,
        costSummary: { model: run.model, ...NO_COST },
        error: toEventError(storeUnavailable()),
      },
      { prompt, endedAt: around.now() },
    )
    // It is tried until it is stored, unless the session is gone.
    writer.commitAtLast(change).catch(() => undefined)
  }
}
