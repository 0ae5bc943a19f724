/** Takes messages out of the queue before their turn. */
import type { CommandOutcome } from '#model'
import type { SessionCore } from '../../live/core.ts'
import { notFound } from '../errors.ts'

export const removeQueued = (core: SessionCore, ids: readonly string[]): Promise<void> =>
  core.writer.commit({
    events: ids.map((id) => ({ type: 'dequeued', message_id: id })),
    rows: { dequeue: ids },
  })

/** @throws GatewayError `not_found` */
export const dequeue = async (
  core: SessionCore,
  id: string,
): Promise<Omit<CommandOutcome, 'position'>> => {
  if (core.queue.every(({ messageId }) => messageId !== id))
    throw notFound('queued message', 'message_id')
  await removeQueued(core, [id])
  return { status: 'done', message_id: id }
}
