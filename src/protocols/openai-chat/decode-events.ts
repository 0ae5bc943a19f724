/** Reads a stream of chat chunks. Usage comes last, in a chunk with no choices. */
import type { ModelEvent } from '#model'
import { createSlotTemplate, fromByteString, type Translator } from '#streams'
import { createAnswerWriter } from '../answer-writer.ts'
import type { SseItem, Undo } from '../protocol.ts'
import { parseObject, unreadable } from '../upstream-failure.ts'
import { createAnswerReader, type Growth } from './answer-reader.ts'
import { VARYING_KEYS } from './tap.ts'

const DONE = '[DONE]'

export const decodeEvents =
  (undo: Undo): Translator<SseItem, ModelEvent> =>
  (emit) => {
    const answer = createAnswerWriter(emit)
    const reader = createAnswerReader(answer, undo)
    const template = createSlotTemplate(VARYING_KEYS)
    let growth: Growth | undefined

    return {
      push({ data, event }) {
        if (answer.ended) return
        const slot = growth && template.match(data)
        if (growth && slot !== undefined) return reader.splice(growth, slot, template.slotLength)
        if (data.trim() === DONE) return reader.finish()
        const chunk = parseObject(fromByteString(data))
        if (!chunk) return answer.fail(unreadable())
        // Some vendors name the event, and write the error's own fields only.
        growth = reader.read(event === 'error' && !chunk.error ? { error: chunk } : chunk)
        if (growth && growth.key !== '') template.learn(data, growth.key, growth.part)
        else template.forget()
      },
      end: () => reader.end(),
    }
  }
