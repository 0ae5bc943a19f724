/** What clients ask of a session. */
import type { CommandOutcome, SessionCommand } from '#model'
import { writePosition } from '#runs'
import type { SessionCore } from '../live/core.ts'
import { storeUnavailable } from '../log/from-store.ts'
import type { Beginner } from '../run/begin-run.ts'
import { cancel } from './cancel.ts'
import { choose } from './choose.ts'
import { clearHistory } from './clear-history.ts'
import { dequeue } from './queue/dequeue.ts'
import { answer } from './answers/answer.ts'

/** @throws GatewayError */
export const doCommand = async (
  core: SessionCore,
  command: SessionCommand,
  by: Beginner,
): Promise<CommandOutcome> => {
  // A model is stopped although nothing can be stored.
  if (command.type === 'cancel') return cancel(core, command)
  if (core.writer.isFailing) throw storeUnavailable()
  return core.commands(async () => {
    const position = writePosition(core.log.position)
    switch (command.type) {
      case 'choose':
        return { ...(await choose(core, command.message_id)), position }
      case 'dequeue':
        return { ...(await dequeue(core, command.message_id)), position }
      case 'clear_history':
        return { ...(await clearHistory(core)), position }
      default:
        return { position, ...(await answer(core, command, by)) }
    }
  })
}
