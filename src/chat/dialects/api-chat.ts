/** `POST /api/chat`: a question as JSON, and its complete answer as JSON. Questions of `/chat/stream` have the same fields. */
import {
  cancelled,
  type CostSummary,
  invalidRequest,
  type JsonObject,
  type LogEvent,
  type MessageCommand,
  type SentEvent,
} from '#model'
import { readSessionId } from '../schema/session-id.ts'
import { readMessage } from './frames/read-frame.ts'
import { type EndOfRun, errorOfEnd, fromEventError } from './frames/run-ends.ts'
import { watchRun } from './frames/watched-run.ts'

export interface ChatQuestion {
  /** Undefined: a session is made. */
  readonly sessionId: string | undefined
  readonly command: MessageCommand
}

/** @throws GatewayError `invalid_request` or `request_too_large`, with the field that is wrong. */
export const readChatQuestion = (body: JsonObject): ChatQuestion => {
  const { session_id: id = null } = body
  if (id !== null && typeof id !== 'string')
    throw invalidRequest("'session_id' must be a string.", 'session_id')
  return { sessionId: id === null ? undefined : readSessionId(id), command: readMessage(body) }
}

/** How a run ended, from its last event or from a snapshot. */
export interface ChatEnd extends EndOfRun {
  readonly message_id: string
  readonly result: string
  readonly cost_summary?: CostSummary | undefined
}

/**
 * Waits for the end of one run among the events of its session. The function that it returns gives undefined until then.
 *
 * @param about the id of the run, or of the message that it answers.
 */
export const awaitChatEnd = (about: string): ((sent: SentEvent) => ChatEnd | undefined) => {
  const run = watchRun(about)
  const dropped = (): ChatEnd => ({ status: 'cancelled', message_id: run.about, result: '' })

  const judge = (event: LogEvent): ChatEnd | undefined => {
    if (run.isDroppedBy(event)) return dropped()
    return run.includes(event) && event.type === 'run_end' ? event : undefined
  }

  return ({ event }) => {
    if (event.type === 'rewind') return undefined
    if (event.type !== 'snapshot') return judge(event)
    const answer = run.answerIn(event.messages)
    if (!answer) return run.hasStarted ? dropped() : undefined
    const { status, content, message_id, cost_summary } = answer
    if (status === 'running' || status === 'queued') return undefined
    return { status, message_id, result: content, cost_summary }
  }
}

export interface ChatAnswer {
  readonly sessionId: string
  readonly end: ChatEnd
  /** In the branch that models see, with this answer. */
  readonly messageCount: number
  readonly latencyMs: number
}

/** @throws GatewayError if the run was cancelled, was interrupted or failed. */
export const writeChatAnswer = ({
  sessionId,
  end,
  messageCount,
  latencyMs,
}: ChatAnswer): JsonObject => {
  const error = errorOfEnd(end)
  if (error) throw fromEventError(error)
  if (end.status === 'cancelled') throw cancelled('The answer was cancelled.')
  return {
    response: end.result,
    session_id: sessionId,
    message_id: end.message_id,
    message_count: messageCount,
    latency_ms: Math.round(latencyMs),
    status: 'success',
    moderated: false,
    input_flagged: false,
    usage: usageOf(end.cost_summary),
    cost_summary: end.cost_summary ?? null,
  }
}

const usageOf = (summary: CostSummary | undefined): JsonObject => ({
  prompt_tokens: summary?.prompt_tokens ?? 0,
  completion_tokens: summary?.completion_tokens ?? 0,
  total_tokens: summary?.total_tokens ?? 0,
})
