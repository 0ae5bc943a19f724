/** `GET /api/sessions/{session_id}/events`: the canonical events of a session. */
import { canonical, type Visitor } from '#chat'
import type { Visit } from '../serving/visit.ts'
import { openSession } from '../follow/open-session.ts'
import type { SessionDoors } from '../follow/session-doors.ts'
import { endWithKey } from '../serving/end-with-key.ts'
import { readOnce } from '../routes/read-once.ts'
import { streamSession } from './session-stream.ts'

/** Rejects with a GatewayError. */
export const streamEvents = async (
  visit: Visit,
  doors: SessionDoors,
  visitor: Visitor,
  id: string,
): Promise<void> => {
  const opened = await openSession(doors, visitor, {
    dialect: canonical,
    id,
    creates: false,
    isSocket: false,
    position: toAskedPosition(visit),
  })
  const { request, response, headers, memory, caller } = visit
  if (response.destroyed) return opened.leave()
  const stream = streamSession({ doors, request, response, headers, memory, caller }, opened, {
    isNamed: true,
  })
  endWithKey(visit, stream.cut)
}

/** A browser that connects again asks for the same URL, and says in a header how far it came. */
const toAskedPosition = ({ request, query }: Visit): string | undefined => {
  const last = request.headers['last-event-id']
  if (typeof last === 'string' && last !== '') return last
  return readOnce(new URLSearchParams(query), 'position')
}
