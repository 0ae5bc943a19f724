/** Shorthand for the tests beside it: streams in, streams out. */
import { type ModelEvent, type ModelRequest } from '#model'
import {
  type AnswerContext,
  anthropicMessages,
  NOTHING_TO_UNDO,
  type TargetTraits,
  type Undo,
} from '#protocols'
import { createSseReader, fromByteString, sseEvent, translateAll } from '#streams'

const { codec } = anthropicMessages
if (!codec) throw new Error('Messages is translated')

export const { decodeRequest, encodeRequest, decodeMessage, encodeMessage } = codec

export const ANSWER: AnswerContext = {
  model: 'asked-model',
  provider: 'deepseek',
  inputTokens: 42,
  usageInStream: true,
  createdAtMs: 1_760_000_000_000,
}

export const TARGET: TargetTraits = {
  provider: 'anthropic',
  model: 'claude-sonnet-4-5',
  maxOutputTokens: 64_000,
  thinking: 'budget',
}

/** The whole stream, as bytes. */
export const encode = (events: Iterable<ModelEvent>, answer = ANSWER): Buffer =>
  Buffer.from(translateAll(codec.encodeEvents(answer), events).join(''), 'latin1')

/** Plain objects: a delta's text may stand behind a getter, and an error holds what it was read from. */
export const toPlain = (event: ModelEvent) => {
  if (event.type === 'part-delta') return { type: event.type, index: event.index, text: event.text }
  if (event.type !== 'error') return event
  const { code, status, message } = event.error
  return { type: event.type, code, status, message }
}

/** Decodes the stream from the pieces in which it comes. */
export const decode = (pieces: Iterable<Buffer>, undo: Undo = NOTHING_TO_UNDO): ModelEvent[] => {
  const events: ModelEvent[] = []
  const translation = codec.decodeEvents(undo)((event) => events.push(event))
  const reader = createSseReader((data, event) => translation.push({ data, event }))
  for (const piece of pieces) reader.push(piece.toString('latin1'))
  translation.end()
  return events
}

/** The data of each event of a stream. */
export const toJson = (bytes: Buffer): unknown[] => {
  const events: unknown[] = []
  const reader = createSseReader((data) => events.push(JSON.parse(fromByteString(data))))
  reader.push(bytes.toString('latin1'))
  return events
}

export const stream = (...events: readonly { readonly type: string }[]): Buffer =>
  Buffer.from(events.map((event) => sseEvent(event.type, event)).join(''), 'latin1')

export const request = (fields: Partial<ModelRequest>): ModelRequest => ({
  model: 'asked-model',
  stream: false,
  tools: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  ...fields,
})
