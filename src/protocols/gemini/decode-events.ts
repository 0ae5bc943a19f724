/** Reads a stream. It has no terminator: that it is whole, its finishReason says, and usage may come behind that. */
import { isJsonObject, type ModelEvent } from '#model'
import { type ByteString, createSlotTemplate, fromByteString, type Translator } from '#streams'
import { createAnswerWriter } from '../answer-writer.ts'
import type { SseItem, Undo } from '../protocol.ts'
import { parseObject, unreadable } from '../upstream-failure.ts'
import { createAnswerReader } from './answer-reader.ts'
import { VARYING_KEYS } from './tap.ts'

export const decodeEvents =
  (undo: Undo): Translator<SseItem, ModelEvent> =>
  (emit) => {
    const answer = createAnswerWriter(emit)
    const reader = createAnswerReader(answer, undo)
    const template = createSlotTemplate(VARYING_KEYS)
    // The last piece that was known again: its usage counts where nothing newer tells any.
    let known: ByteString = ''

    const readUsage = (): void => {
      const piece = known === '' ? undefined : parseObject(fromByteString(known))
      known = ''
      if (piece) reader.readUsage(piece)
    }

    return {
      push({ data }) {
        if (answer.ended) return
        const slot = template.match(data)
        if (slot !== undefined) {
          known = data
          return reader.splice(template.tag, slot, template.slotLength)
        }
        const piece = parseObject(fromByteString(data))
        if (!piece) return answer.fail(unreadable())
        if (!isJsonObject(piece.usageMetadata)) readUsage()
        known = ''
        const part = reader.read(piece)
        if (part === undefined) template.forget()
        else template.learn(data, 'text', part)
      },
      end() {
        readUsage()
        reader.end()
      },
    }
  }
