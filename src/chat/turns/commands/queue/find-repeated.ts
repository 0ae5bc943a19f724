/** A message that came before is not answered again. */
import type { CommandOutcome, LogEvent } from '#model'
import { BEGINNING, writePosition } from '#runs'
import type { AnswerCommand, SessionCore } from '../../live/core.ts'

/** Undefined if it is new. */
export const findRepeated = async (
  { writer, around, key, log }: SessionCore,
  command: AnswerCommand,
): Promise<CommandOutcome | undefined> => {
  const id = 'client_message_id' in command ? command.client_message_id : undefined
  if (id === undefined) return undefined
  const found = await writer.read(() => around.store.findByClientId(key, id))
  if (!found) return undefined
  const { messageId, runId } = found
  const begins = ({ type, ...event }: LogEvent): boolean =>
    (type === 'user_message' || type === 'queued') &&
    (event as { message_id?: string }).message_id === messageId
  return {
    status: 'repeated',
    message_id: messageId,
    ...(runId === undefined ? {} : { run_id: runId }),
    // What is no longer kept as events comes as a snapshot.
    position: writePosition(log.positionBefore(begins) ?? BEGINNING),
  }
}
