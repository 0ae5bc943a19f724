/** Reads an answer that was not streamed: a stream of one chunk. */
import type { JsonObject, ModelEvent } from '#model'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import { createAnswerReader } from '../openai-chat/index.ts'
import type { Undo } from '../protocol.ts'
import { findFault } from '../answers/stream-faults.ts'
import { toChatChunk } from './decode-events.ts'

export const decodeMessage = (body: JsonObject, undo: Undo): ModelEvent[] => {
  const events: ModelEvent[] = []
  const answer = createAnswerWriter((event) => events.push(event))
  const reader = createAnswerReader(answer, undo)
  const fault = findFault(body)
  if (fault) answer.fail(fault.error)
  reader.read(toChatChunk(body))
  reader.finish()
  return events
}
