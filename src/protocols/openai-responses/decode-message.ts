/** Reads an answer that was not streamed: the payload of the last event of its stream. */
import type { JsonObject, ModelEvent } from '#model'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import type { Undo } from '../protocol.ts'
import { unreadable } from '../errors/upstream-failure.ts'
import { createAnswerReader } from './answer-reader.ts'
import { decodeFault } from './errors.ts'

export const decodeMessage = (body: JsonObject, undo: Undo): ModelEvent[] => {
  const events: ModelEvent[] = []
  const answer = createAnswerWriter((event) => events.push(event))
  const fault = decodeFault(body)
  if (fault) answer.fail(fault)
  const hasFailed = body.status === 'failed' || !Array.isArray(body.output)
  const type = hasFailed ? 'response.failed' : 'response.completed'
  if (Array.isArray(body.output) || body.error)
    createAnswerReader(answer, undo).read({ type, response: body })
  answer.fail(unreadable())
  return events
}
