/** Reads a stream of Responses events. */
import { parseObject } from '#model'
import { createSlotTemplate, fromByteString } from '#streams'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import type { Codec } from '../protocol.ts'
import { findFaultInText } from '../answers/stream-faults.ts'
import { brokenStream, unreadable } from '../errors/upstream-failure.ts'
import { createAnswerReader } from './answer-reader.ts'
import { findFault } from './errors.ts'
import { VARYING_KEYS } from './tap.ts'

const DONE = '[DONE]'

export const decodeEvents: Codec['decodeEvents'] = (undo) => (emit) => {
  const answer = createAnswerWriter(emit)
  const reader = createAnswerReader(answer, undo)
  const template = createSlotTemplate(VARYING_KEYS)

  return {
    push({ data, event: name }) {
      if (answer.ended) return
      const slot = template.match(data)
      if (slot !== undefined) return reader.splice(template.tag, slot, template.slotLength)
      // Some vendors end every stream like this, in any protocol.
      if (data.trim() === DONE) return
      const event = parseObject(fromByteString(data))
      const fault = event ? findFault(event, name) : findFaultInText(data, name)
      if (fault || !event) return answer.fail(fault?.error ?? unreadable())
      const part = reader.read({ type: fromByteString(name), ...event })
      if (part === undefined) template.forget()
      else template.learn(data, 'delta', part)
    },
    end: () => answer.fail(brokenStream()),
    usage: () => reader.usage(),
  }
}
