/** Reads a stream of completion chunks, which are Chat chunks with the text in another field. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import { fromByteString } from '#streams'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import { createAnswerReader } from '../openai-chat/index.ts'
import type { Codec } from '../protocol.ts'
import { findFault, findFaultInText } from '../answers/stream-faults.ts'
import { unreadable } from '../errors/upstream-failure.ts'
import { DONE } from './wire.ts'

export const decodeEvents: Codec['decodeEvents'] = (undo) => (emit) => {
  const answer = createAnswerWriter(emit)
  const reader = createAnswerReader(answer, undo)

  return {
    push({ data, event }) {
      if (answer.ended) return
      if (data.trim() === DONE) return reader.finish()
      const chunk = parseObject(fromByteString(data))
      const fault = chunk ? findFault(chunk, event) : findFaultInText(data, event)
      if (fault || !chunk) return answer.fail(fault?.error ?? unreadable())
      reader.read(toChatChunk(chunk))
    },
    end: () => reader.end(),
    isWhole: () => reader.isWhole(),
    usage: () => reader.usage(),
  }
}

export const toChatChunk = (chunk: JsonObject): JsonObject => ({
  ...chunk,
  choices: Array.isArray(chunk.choices) ? chunk.choices.map(toChatChoice) : [],
})

const toChatChoice = (choice: unknown): unknown =>
  isJsonObject(choice) ? { ...choice, delta: { content: choice.text } } : choice
