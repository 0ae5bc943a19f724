/** Shorthand for the tests beside it: streams in, streams out. */
import {
  foldMessage,
  isJsonObject,
  type JsonObject,
  type ModelEvent,
  type ModelRequest,
} from '#model'
import {
  type AnswerContext,
  gemini,
  NOTHING_TO_UNDO,
  type TargetTraits,
  type Undo,
} from '#protocols'
import { createSseReader, sseData, translateAll } from '#streams'
import { judgeSentence } from '../expect-well-formed.ts'

const { codec } = gemini
if (!codec) throw new Error('Gemini is translated')

const { decodeRequest } = codec
export const { encodeRequest, decodeMessage, encodeMessage } = codec

export const ANSWER: AnswerContext = {
  model: 'asked-model',
  provider: 'somewhere',
  inputTokens: 42,
  usageInStream: true,
  createdAtMs: 1_760_000_000_000,
}

export const TARGET: TargetTraits = { provider: 'gemini', model: 'gemini-2.5-flash' }

/** The whole stream, as bytes. */
export const encode = (events: Iterable<ModelEvent>, answer = ANSWER): Buffer =>
  Buffer.from(translateAll(codec.encodeEvents(answer), events).join(''), 'latin1')

/** The pieces of a stream, parsed. */
export const encodeToPieces = (events: Iterable<ModelEvent>, answer = ANSWER): JsonObject[] => {
  const pieces: JsonObject[] = []
  const reader = createSseReader((data) =>
    pieces.push(JSON.parse(Buffer.from(data, 'latin1').toString('utf8'))),
  )
  reader.push(encode(events, answer).toString('latin1'))
  return pieces
}

/** The parts of an answer, or of all pieces of one. */
export const partsOf = (...answers: readonly JsonObject[]): JsonObject[] =>
  answers.flatMap(({ candidates }) => {
    const [first] = Array.isArray(candidates) ? candidates : []
    const content: unknown = isJsonObject(first) ? first.content : undefined
    return isJsonObject(content) && Array.isArray(content.parts) ? content.parts : []
  })

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

const stream = (...values: readonly unknown[]): Buffer =>
  Buffer.from(values.map((value) => sseData(value)).join(''), 'latin1')

export const piece = (parts: readonly unknown[], finishReason?: string, more = {}) => ({
  candidates: [
    { content: { parts, role: 'model' }, index: 0, ...(finishReason ? { finishReason } : {}) },
  ],
  responseId: 'response-1',
  modelVersion: 'upstream-model',
  ...more,
})

export const decodePieces = (...values: readonly unknown[]): ModelEvent[] =>
  decode([stream(...values)])

/** The whole answer that these pieces tell, or the error that it throws. */
export const readPieces = (...values: readonly unknown[]) => foldMessage(decodePieces(...values))

export const request = (fields: Partial<ModelRequest>): ModelRequest => ({
  model: 'asked-model',
  stream: false,
  tools: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  ...fields,
})

/** What comes of a request of a client's. */
export const read = (body: JsonObject): ModelRequest =>
  decodeRequest({
    model: 'asked-model',
    stream: false,
    contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    ...body,
  })
