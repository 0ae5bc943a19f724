/** Reads an answer that was not streamed. */
import { isJsonObject, type JsonObject, type ModelEvent } from '#model'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import type { Undo } from '../protocol.ts'
import { unreadable } from '../errors/upstream-failure.ts'
import { type AnswerReader, createAnswerReader } from './answer-reader.ts'
import { decodeFault } from './errors.ts'
import type { WireBlock, WireMessage } from './wire.ts'

export const decodeMessage = (body: JsonObject, undo: Undo): ModelEvent[] => {
  const events: ModelEvent[] = []
  const answer = createAnswerWriter((event) => events.push(event))
  if (!Array.isArray(body.content)) answer.fail(decodeFault(body) ?? unreadable())
  else readMessage(body, body.content.filter(isJsonObject), createAnswerReader(answer, undo))
  return events
}

const readMessage = (
  message: WireMessage,
  blocks: readonly WireBlock[],
  { read }: AnswerReader,
): void => {
  read({ type: 'message_start', message })
  for (const [index, content_block] of blocks.entries()) {
    read({ type: 'content_block_start', index, content_block })
    read({ type: 'content_block_stop', index })
  }
  const { stop_reason = null, stop_sequence = null } = message
  read({ type: 'message_delta', delta: { stop_reason, stop_sequence } })
  read({ type: 'message_stop' })
}
