/** Reads a stream. It has no terminator: that it is whole, its finishReason says, and usage may come behind that. */
import type { ModelEvent } from '#model'
import { createSlotTemplate, fromByteString, type Translator } from '#streams'
import { createAnswerWriter } from '../answer-writer.ts'
import type { SseItem, Undo } from '../protocol.ts'
import { parseObject } from '../upstream-failure.ts'
import { createAnswerReader, unreadable } from './answer-reader.ts'

export const decodeEvents =
  (undo: Undo): Translator<SseItem, ModelEvent> =>
  (emit) => {
    const answer = createAnswerWriter(emit)
    const reader = createAnswerReader(answer, undo)
    const template = createSlotTemplate()

    return {
      push({ data }) {
        if (answer.ended) return
        const slot = template.match(data)
        if (slot !== undefined) return reader.splice(template.tag, slot, template.slotLength)
        const piece = parseObject(fromByteString(data))
        if (!piece) return answer.fail(unreadable())
        const part = reader.read(piece)
        if (part === undefined) template.forget()
        else template.learn(data, 'text', part)
      },
      end: () => reader.end(),
    }
  }
