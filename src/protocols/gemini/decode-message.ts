/** Reads an answer that was not streamed: a stream of one piece. */
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
  if (fault) {
    answer.fail(fault)
    return events
  }
  const reader = createAnswerReader(answer, undo, Infinity)
  reader.read(body)
  if (answer.begun) reader.end()
  else answer.fail(unreadable())
  return events
}
