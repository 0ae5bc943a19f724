/** Stops the run in progress, or the message that waits. */
import type { CommandOutcome, SessionCommand } from '#model'
import { writePosition } from '#runs'
import type { SessionCore } from '../live/core.ts'
import { removeQueued } from './queue/dequeue.ts'
import { stopRun } from './stop-run.ts'

type Cancel = Extract<SessionCommand, { type: 'cancel' }>

/** It does not wait for its turn: a run is stopped at once. */
export const cancel = async (core: SessionCore, command: Cancel): Promise<CommandOutcome> =>
  (await stopNow(core, command)) ?? core.commands(() => stopNext(core, command))

const stopNow = async (
  { run, log }: SessionCore,
  { run_id: runId }: Cancel,
): Promise<CommandOutcome | undefined> => {
  if (!run || (runId !== undefined && runId !== run.runId)) return undefined
  const position = writePosition(log.position)
  await stopRun(run)
  return { status: 'done', run_id: run.runId, message_id: run.messageId, position }
}

/** What began while this waited, or what has not begun. A message that waits has no run yet: its own id names it. */
const stopNext = async (core: SessionCore, command: Cancel): Promise<CommandOutcome> => {
  const stopped = await stopNow(core, command)
  if (stopped) return stopped
  const position = writePosition(core.log.position)
  const { run_id: id } = command
  const queued = core.queue.find(
    ({ messageId }) => id === messageId || (id ?? core.run) === undefined,
  )
  if (!queued) return { status: 'nothing_to_cancel', position }
  await removeQueued(core, [queued.messageId])
  return { status: 'done', message_id: queued.messageId, position }
}
