/** Reads an answer that was not streamed: a stream of one chunk. */
import { isJsonObject, type JsonObject, type ModelEvent } from '#model'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import type { Undo } from '../protocol.ts'
import { findFault } from '../answers/stream-faults.ts'
import { createAnswerReader } from './answer-reader.ts'

/** The calls of a complete answer have no index: each entry is a separate call. */
const numberCalls = (choice: unknown): unknown => {
  if (!isJsonObject(choice) || !isJsonObject(choice.message)) return choice
  const { message } = choice
  if (!Array.isArray(message.tool_calls)) return choice
  const calls = message.tool_calls.map((call: unknown, index) =>
    isJsonObject(call) ? { ...call, index } : call,
  )
  return { ...choice, message: { ...message, tool_calls: calls } }
}

export const decodeMessage = (body: JsonObject, undo: Undo): ModelEvent[] => {
  const events: ModelEvent[] = []
  const answer = createAnswerWriter((event) => events.push(event))
  const reader = createAnswerReader(answer, undo)
  const fault = findFault(body)
  if (fault) answer.fail(fault.error)
  const choices = Array.isArray(body.choices) ? body.choices.map(numberCalls) : []
  reader.read({ ...body, choices })
  reader.finish()
  return events
}
