/** Turns a complete answer into the events that would have streamed it. */
import type { ModelEvent, PartOpening } from './event.ts'
import type { AnswerPart, ModelMessage } from '../message.ts'

export const unfoldMessage = function* (message: ModelMessage): Generator<ModelEvent> {
  const { id, model, parts, ...ending } = message
  yield { type: 'message-start', id, model, usage: ending.usage }
  let index = 0
  for (const part of parts) {
    const own = index++
    yield { type: 'part-start', index: own, part: toOpening(part) }
    const text = toText(part)
    if (text) yield { type: 'part-delta', index: own, text }
    if (part.kind === 'text')
      for (const citation of part.citations ?? []) {
        yield { type: 'part-start', index, part: { kind: 'citation', of: own, citation } }
        yield { type: 'part-end', index: index++ }
      }
    yield part.kind === 'reasoning' && part.signature !== undefined
      ? { type: 'part-end', index: own, signature: part.signature }
      : { type: 'part-end', index: own }
  }
  yield { type: 'message-end', ...ending }
}

const toOpening = (part: AnswerPart): PartOpening => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return { kind: part.kind }
    case 'reasoning':
      return part.redacted === undefined
        ? { kind: 'reasoning' }
        : { kind: 'reasoning', redacted: part.redacted }
    case 'tool-call': {
      const { arguments: _, ...opening } = part
      return opening
    }
    case 'audio': {
      const { data: _, ...opening } = part
      return opening
    }
    case 'native':
      return part
  }
}

const toText = (part: AnswerPart): string => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return part.text
    case 'tool-call':
      return part.arguments
    case 'audio':
      return part.data
    case 'native':
      return ''
  }
}
