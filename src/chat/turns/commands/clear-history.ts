/** Empties a session: what was said in it is gone, and what is in progress ends. */
import type { CommandOutcome } from '#model'
import { type SessionCore, toActive } from '../live/core.ts'
import { sessionBusy } from './errors.ts'
import { stopRun } from './stop-run.ts'

export const clearHistory = async (
  core: SessionCore,
): Promise<Omit<CommandOutcome, 'position'>> => {
  if (core.run && !(await stopRun(core.run))) throw sessionBusy()
  await core.writer.commit({
    events: [{ type: 'history_cleared' }],
    rows: { clear: true, session: { ...toActive(core), head: null } },
  })
  // No reader is sent the words again.
  const upTo = core.log.lastSeq - 1
  core.log.forget(upTo)
  await core.around.store.forget(core.key, upTo).catch(() => undefined)
  return { status: 'done' }
}
