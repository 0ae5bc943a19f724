/** `POST /api/chat`: asks, waits for the end of the answer, and gives it in one piece. */
import {
  awaitChatEnd,
  type ChatEnd,
  chatWs,
  loadJudges,
  readChatQuestion,
  type Visitor,
  writeChatAnswer,
} from '#chat'
import { type CommandOutcome, clientLeft, type JsonObject } from '#model'
import { readPosition } from '#runs'
import { type OpenSession, openSession } from '../follow/open-session.ts'
import type { SessionDoors } from '../follow/session-doors.ts'
import { sendJson } from '../http/send-answer.ts'
import type { Visit } from '../serving/visit.ts'
import { readJsonBody } from './read-json-body.ts'

/** Rejects with a GatewayError. */
export const answerChat = async (
  visit: Visit,
  doors: SessionDoors,
  visitor: Visitor,
): Promise<void> => {
  const startedAt = performance.now()
  const { response, headers } = visit
  await loadJudges()
  const { sessionId, command } = readChatQuestion(await readJsonBody(visit))
  const opened = await openSession(doors, visitor, {
    dialect: chatWs,
    id: sessionId,
    creates: true,
    position: NOTHING_YET,
    isSocket: false,
  })
  // The session says whether the run goes on without its client.
  response.once('close', opened.leave)
  try {
    const outcome = await opened.joined.command(command, visitor)
    const end = await endOf(opened, outcome, visit)
    const { length: messageCount } = await opened.joined.history()
    const latencyMs = performance.now() - startedAt
    const answer = writeChatAnswer({ sessionId: opened.joined.id, end, messageCount, latencyMs })
    sendJson(response, 200, headers, answer satisfies JsonObject, visit)
  } finally {
    opened.leave()
  }
}

/** No events are needed of what was before. */
const NOTHING_YET = '0.0'

const endOf = async (
  { joined }: OpenSession,
  { run_id, message_id, position }: CommandOutcome,
  { response }: Pick<Visit, 'response'>,
): Promise<ChatEnd> => {
  const { promise, resolve, reject } = Promise.withResolvers<ChatEnd>()
  const read = awaitChatEnd(run_id ?? message_id ?? '')
  response.once('close', () => reject(clientLeft()))
  if (response.destroyed) reject(clientLeft())
  const following = await joined.follow(readPosition(position), {
    take(events) {
      for (const event of events) {
        const end = read(event)
        if (end) resolve(end)
      }
      return true
    },
    end: reject,
  })
  try {
    return await promise
  } finally {
    following.stop()
  }
}
