/**
 * Reads a stream of chat chunks. Usage comes last, in a chunk without choices; some vendors report it in every chunk.
 */
import { parseObject } from '#model'
import { createSlotTemplate, fromByteString } from '#streams'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import type { Codec } from '../protocol.ts'
import { createUnreadUsage } from '../tokens/running-usage.ts'
import { findFault, findFaultInText } from '../answers/stream-faults.ts'
import { unreadable } from '../errors/upstream-failure.ts'
import { createAnswerReader, type Growth } from './answer-reader.ts'
import { VARYING_KEYS } from './tap.ts'
import { decodeChunkUsage } from './usage.ts'

const DONE = '[DONE]'

export const decodeEvents: Codec['decodeEvents'] = (undo) => (emit) => {
  const answer = createAnswerWriter(emit)
  const reader = createAnswerReader(answer, undo)
  const template = createSlotTemplate(VARYING_KEYS)
  const unread = createUnreadUsage((chunk) => reader.readUsage(decodeChunkUsage(chunk)))
  let growth: Growth | undefined

  return {
    push({ data, event }) {
      if (answer.ended) return
      const slot = growth && template.match(data)
      if (growth && slot !== undefined) {
        if (growth.tellsUsage) unread.keep(data)
        return reader.splice(growth, slot, template.slotLength)
      }
      // Read first, because usage in this chunk replaces it.
      unread.read()
      if (data.trim() === DONE) return reader.finish()
      const chunk = parseObject(fromByteString(data))
      const fault = chunk ? findFault(chunk, event) : findFaultInText(data, event)
      if (fault || !chunk) return answer.fail(fault?.error ?? unreadable())
      growth = reader.read(chunk)
      if (growth && growth.key !== '') template.learn(data, growth.key, growth.part)
      else template.forget()
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
