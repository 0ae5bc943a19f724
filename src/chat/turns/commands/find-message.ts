import type { MessageRecord } from '../../sessions/session-store.ts'
import type { SessionCore } from '../live/core.ts'
import { notFound } from './errors.ts'

/** @throws GatewayError `not_found` */
export const findMessage = async (
  { writer, around, key }: SessionCore,
  id: string,
): Promise<MessageRecord> => {
  const found = await writer.read(() => around.store.message(key, id))
  if (!found) throw notFound('message', 'message_id')
  return found
}
