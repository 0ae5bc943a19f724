/** Folds the events of one answer into a complete message. */
import { GatewayError } from '../error.ts'
import type { MessageEnd, ModelEvent, PartOpening } from './event.ts'
import type { AnswerPart, ModelMessage } from '../message.ts'
import type { Citation } from '../part.ts'

interface OpenPart {
  readonly opening: PartOpening
  text: string
  signature?: string
  citations: Citation[]
}

/** `result` throws the error that ended the events, or `upstream_broken` if they never ended. */
export const createFold = (): { push(event: ModelEvent): void; result(): ModelMessage } => {
  const parts = new Map<number, OpenPart>()
  let id = ''
  let model = ''
  let end: MessageEnd | undefined
  let error: GatewayError | undefined

  return {
    push(event) {
      switch (event.type) {
        case 'message-start':
          id = event.id
          model = event.model
          break
        case 'part-start':
          if (event.part.kind === 'citation')
            parts.get(event.part.of)?.citations.push(event.part.citation)
          else parts.set(event.index, { opening: event.part, text: '', citations: [] })
          break
        case 'part-delta': {
          const part = parts.get(event.index)
          if (part) part.text += event.text
          break
        }
        case 'part-end': {
          const part = parts.get(event.index)
          if (part && event.signature !== undefined) part.signature = event.signature
          break
        }
        case 'message-end':
          end = event
          break
        case 'error':
          error = event.error
      }
    },
    result() {
      if (error) throw error
      if (!end)
        throw new GatewayError(
          'upstream_broken',
          'The upstream ended its answer before it was whole.',
        )
      const { type: _, ...ending } = end
      return { id, model, parts: [...parts.values()].map(toAnswerPart), ...ending }
    },
  }
}

export const foldMessage = (events: Iterable<ModelEvent>): ModelMessage => {
  const fold = createFold()
  for (const event of events) fold.push(event)
  return fold.result()
}

const toAnswerPart = ({ opening, text, signature, citations }: OpenPart): AnswerPart => {
  switch (opening.kind) {
    case 'text':
      return citations.length > 0 ? { kind: 'text', text, citations } : { kind: 'text', text }
    case 'refusal':
      return { kind: 'refusal', text }
    case 'reasoning':
      return { ...opening, text, ...(signature === undefined ? {} : { signature }) }
    case 'tool-call':
      return { ...opening, arguments: text }
    case 'audio':
      return { ...opening, data: text }
    case 'native':
      return opening
    case 'citation':
      throw new TypeError('a citation belongs to a text part')
  }
}
