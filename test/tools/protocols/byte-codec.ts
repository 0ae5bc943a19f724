/** A protocol's codec as tests speak to it: streams are bytes, and what is decoded is judged. */
import type { JsonObject, ModelEvent, ModelRequest } from '#model'
import {
  type AnswerContext,
  type Codec,
  NOTHING_TO_UNDO,
  type Protocol,
  type Undo,
} from '#protocols'
import { createSseReader, fromByteString, sseData, translateAll } from '#streams'
import { judgeSentence } from './expect-well-formed.ts'

export const ANSWER: AnswerContext = {
  model: 'asked-model',
  provider: 'somewhere',
  inputTokens: 42,
  usageInStream: true,
  createdAtMs: 1_760_000_000_000,
}

export const codecOf = ({ codec }: Protocol): Codec => {
  if (!codec) throw new Error('This protocol is not translated.')
  return codec
}

/** The events of a stream's pieces, in order. */
export const decodeStream = (
  codec: Codec,
  pieces: Iterable<Buffer>,
  undo: Undo = NOTHING_TO_UNDO,
): ModelEvent[] => {
  const events: ModelEvent[] = []
  const translation = codec.decodeEvents(undo)((event) => events.push(event))
  const reader = createSseReader((data, event) => translation.push({ data, event }))
  for (const piece of pieces) reader.push(piece.toString('latin1'))
  translation.end()
  return events
}

/** A stream that is read step by step, and the usage that its upstream has reported so far. */
export const openStream = (protocol: Protocol) => {
  const decoder = codecOf(protocol).decodeEvents(NOTHING_TO_UNDO)(() => undefined)
  const reader = createSseReader((data, event) => decoder.push({ data, event }))
  return {
    push: (...values: readonly unknown[]) => reader.push(toFrames(...values).toString('latin1')),
    told: () => decoder.usage(),
  }
}

export const encodeStream = (
  codec: Codec,
  events: Iterable<ModelEvent>,
  answer: AnswerContext,
): Buffer => Buffer.from(translateAll(codec.encodeEvents(answer), events).join(''), 'latin1')

/** The complete codec; `whole` is the answer that a stream belongs to if a test names none. */
export const toByteCodec = (protocol: Protocol, whole: AnswerContext = ANSWER) => {
  const codec = codecOf(protocol)
  return {
    ...codec,
    encode: (events: Iterable<ModelEvent>, answer = whole): Buffer =>
      encodeStream(codec, events, answer),
    decode(pieces: Iterable<Buffer>, undo?: Undo): ModelEvent[] {
      const events = decodeStream(codec, pieces, undo)
      const faults = judgeSentence(events)
      if (faults.length > 0) throw new Error(faults.join('\n'))
      return events
    },
  }
}

export const DONE = '[DONE]'

/** Frames of these values; a string is used unchanged. */
export const toFrames = (...values: readonly unknown[]): Buffer =>
  Buffer.from(
    values
      .map((value) => (typeof value === 'string' ? `data: ${value}\n\n` : sseData(value)))
      .join(''),
    'latin1',
  )

/** The data of each event of a stream; the word that ends one of chat is none. */
export const toJson = (bytes: Buffer): JsonObject[] => {
  const events: JsonObject[] = []
  const reader = createSseReader((data) => {
    if (data !== DONE) events.push(JSON.parse(fromByteString(data)))
  })
  reader.push(bytes.toString('latin1'))
  return events
}

/** Plain objects: a delta's text may have a getter, and an error holds what it was read from. */
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
