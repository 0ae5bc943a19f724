/** The messages of a session, in pages from the end. */
import { invalidRequest } from '#model'
import { toSessionMessage } from '../../turns/live/shown-messages.ts'
import type { MessageRecord } from '../session-store.ts'
import { MAX_LISTED_MESSAGES } from '../../settings.ts'
import type { SeenSession } from './seen-session.ts'

/** @param query `limit`, `before`: the id of a message, and `branches=all`: not only the branch that is shown. */
export const listMessages = async (
  session: SeenSession,
  query: URLSearchParams,
): Promise<object> => {
  const limit = readLimit(query, MAX_LISTED_MESSAGES)
  const id = query.get('before')
  const before = id === null ? undefined : await session.message(id)
  // One more shows whether there are more.
  const found = await readBefore(session, before, limit + 1, query.get('branches') === 'all')
  const shown = found.slice(-limit)
  return {
    messages: shown.map(toSessionMessage),
    head: session.record.head,
    next_before: found.length > limit ? (shown[0]?.id ?? null) : null,
  }
}

const readBefore = async (
  session: SeenSession,
  before: MessageRecord | undefined,
  limit: number,
  isAll: boolean,
): Promise<readonly MessageRecord[]> =>
  isAll
    ? (await session.page(before?.place, limit)).items
    : session.branch(before ? before.parentId : session.record.head, limit)

/** @throws GatewayError `invalid_request` */
export const readLimit = (query: URLSearchParams, most: number): number => {
  const text = query.get('limit')
  if (text === null) return most
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= most) return limit
  throw invalidRequest(`'limit' must be a whole number from 1 to ${most}.`, 'limit')
}
