/** Shorthand for the tests beside it: streams in, streams out. */
import { isJsonObject, type JsonObject, type ModelEvent, type ModelRequest } from '#model'
import {
  type AnswerContext,
  NOTHING_TO_UNDO,
  openaiResponses,
  type TargetTraits,
  type Undo,
} from '#protocols'
import { createSseReader, fromByteString, sseEvent, translateAll } from '#streams'
import { judgeSentence } from '../expect-well-formed.ts'

const { codec } = openaiResponses
if (!codec) throw new Error('Responses is translated')

export const { decodeRequest, encodeRequest, decodeMessage, encodeMessage } = codec

export const ANSWER: AnswerContext = {
  model: 'asked-model',
  provider: 'somewhere',
  inputTokens: 42,
  usageInStream: true,
  createdAtMs: 1_760_000_000_000,
}

export const TARGET: TargetTraits = { provider: 'openai', model: 'gpt-5.5' }

/** The whole stream, as bytes. */
export const encode = (events: Iterable<ModelEvent>, answer = ANSWER): Buffer =>
  Buffer.from(translateAll(codec.encodeEvents(answer), events).join(''), 'latin1')

/** The data of each event of a stream. */
export const toJson = (bytes: Buffer): JsonObject[] => {
  const events: JsonObject[] = []
  const reader = createSseReader((data) => {
    const event: unknown = JSON.parse(fromByteString(data))
    if (isJsonObject(event)) events.push(event)
  })
  reader.push(bytes.toString('latin1'))
  return events
}

/** Decodes the stream from the pieces in which it comes. */
export const decode = (pieces: Iterable<Buffer>, undo: Undo = NOTHING_TO_UNDO): ModelEvent[] => {
  const events: ModelEvent[] = []
  const translation = codec.decodeEvents(undo)((event) => events.push(event))
  const reader = createSseReader((data, event) => translation.push({ data, event }))
  for (const piece of pieces) reader.push(piece.toString('latin1'))
  translation.end()
  const faults = judgeSentence(events)
  if (faults.length > 0) throw new Error(faults.join('\n'))
  return events
}

/** Events numbered as they come. */
export const stream = (...events: readonly JsonObject[]): Buffer =>
  Buffer.from(
    events
      .map((event, index) => sseEvent(String(event.type), { ...event, sequence_number: index }))
      .join(''),
    'latin1',
  )

/** Plain objects: a delta's text may stand behind a getter, and an error holds what it was read from. */
export const toPlain = (event: ModelEvent) => {
  if (event.type === 'part-delta') return { type: event.type, index: event.index, text: event.text }
  if (event.type !== 'error') return event
  const { code, status, message } = event.error
  return { type: event.type, code, status, message }
}

export const request = (fields: Partial<ModelRequest>): ModelRequest => ({
  model: 'asked-model',
  stream: false,
  tools: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  ...fields,
})
