/** Reads a stream of Messages events. */
import { parseObject } from '#model'
import { createSlotTemplate, fromByteString } from '#streams'
import { createAnswerWriter } from '../answers/answer-writer.ts'
import { lookUp } from '../requests/fields.ts'
import type { Codec } from '../protocol.ts'
import { findFaultInText } from '../answers/stream-faults.ts'
import { brokenStream, unreadable } from '../errors/upstream-failure.ts'
import { createAnswerReader } from './answer-reader.ts'
import { findFault } from './errors.ts'
import { DELTA_SLOTS, type WireEvent } from './wire.ts'

export const decodeEvents: Codec['decodeEvents'] = (undo) => (emit) => {
  const answer = createAnswerWriter(emit)
  const reader = createAnswerReader(answer, undo)
  const template = createSlotTemplate()

  return {
    push({ data, event: name }) {
      if (answer.ended) return
      const slot = template.match(data)
      if (slot !== undefined) return answer.splice(template.tag, slot)
      const event = parseObject(fromByteString(data))
      const fault = event ? findFault(event, name) : findFaultInText(data, name)
      if (fault || !event) return answer.fail(fault?.error ?? unreadable())
      const { delta }: WireEvent = event
      const part = reader.read(event)
      if (part === undefined) return template.forget()
      template.learn(data, lookUp(DELTA_SLOTS, delta?.type) ?? '', part)
    },
    end() {
      answer.fail(brokenStream())
    },
    usage: () => reader.usage(),
  }
}
