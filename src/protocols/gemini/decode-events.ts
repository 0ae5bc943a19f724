/** Reads a stream. It has no terminator: finishReason says that it is complete, and usage may follow. */
import { isJsonObject, parseObject } from '#model'
import { createSlotTemplate, fromByteString } from '#streams'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import type { Codec } from '../protocol.ts'
import { createUnreadUsage } from '../tokens/running-usage.ts'
import { findFaultInText } from '../answers/stream-faults.ts'
import { unreadable } from '../errors/upstream-failure.ts'
import { createAnswerReader } from './answer-reader.ts'
import { findFault } from './errors.ts'
import { VARYING_KEYS } from './tap.ts'

export const decodeEvents: Codec['decodeEvents'] = (undo) => (emit) => {
  const answer = createAnswerWriter(emit)
  const reader = createAnswerReader(answer, undo)
  const template = createSlotTemplate(VARYING_KEYS)
  const unread = createUnreadUsage(reader.readUsage)

  return {
    push({ data, event: name }) {
      if (answer.ended) return
      const slot = template.match(data)
      if (slot !== undefined) {
        unread.keep(data)
        return reader.splice(template.tag, slot, template.slotLength)
      }
      const piece = parseObject(fromByteString(data))
      const fault = piece ? findFault(piece, name) : findFaultInText(data, name)
      if (fault || !piece) {
        unread.read()
        return answer.fail(fault?.error ?? unreadable())
      }
      if (isJsonObject(piece.usageMetadata)) unread.drop()
      else unread.read()
      const part = reader.read(piece)
      if (part === undefined) template.forget()
      else template.learn(data, 'text', part)
    },
    end() {
      unread.read()
      reader.end()
    },
    isWhole: () => reader.isWhole(),
    usage() {
      unread.read()
      return reader.usage()
    },
  }
}
