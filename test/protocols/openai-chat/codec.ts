/** Shorthand for the tests beside it: streams in, streams out. */
import { foldMessage, type JsonObject, type ModelEvent, type ModelRequest } from '#model'
import {
  type AnswerContext,
  NOTHING_TO_UNDO,
  openaiChat,
  type TargetTraits,
  type Undo,
} from '#protocols'
import { createSseReader, sseData, translateAll } from '#streams'
import { judgeSentence } from '../expect-well-formed.ts'

const { codec } = openaiChat
if (!codec) throw new Error('Chat is translated')

export const { decodeRequest, encodeRequest, decodeMessage, encodeMessage } = codec

export const ANSWER: AnswerContext = {
  model: 'asked-model',
  provider: 'somewhere',
  inputTokens: 42,
  usageInStream: true,
  createdAtMs: 1_760_000_000_000,
}

export const TARGET: TargetTraits = { provider: 'openai', model: 'gpt-4.1' }

/** The whole stream, as bytes. */
export const encode = (events: Iterable<ModelEvent>, answer = ANSWER): Buffer =>
  Buffer.from(translateAll(codec.encodeEvents(answer), events).join(''), 'latin1')

/** The chunks of a stream, parsed; what is no JSON as it stands. */
export const encodeToChunks = (events: Iterable<ModelEvent>, answer = ANSWER): JsonObject[] => {
  const chunks: JsonObject[] = []
  const reader = createSseReader((data) => {
    if (data !== '[DONE]') chunks.push(JSON.parse(Buffer.from(data, 'latin1').toString('utf8')))
  })
  reader.push(encode(events, answer).toString('latin1'))
  return chunks
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

export const DONE = '[DONE]'

/** Frames of these values; a string stands as it is. */
export const stream = (...values: readonly unknown[]): Buffer =>
  Buffer.from(
    values
      .map((value) => (typeof value === 'string' ? `data: ${value}\n\n` : sseData(value)))
      .join(''),
    'latin1',
  )

export const chunk = (delta: JsonObject, finish_reason: string | null = null, more = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'upstream-model',
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
})

export const decodeChunks = (...values: readonly unknown[]): ModelEvent[] =>
  decode([stream(...values)])

/** The whole answer that these chunks tell, or the error that it throws. */
export const readChunks = (...values: readonly unknown[]) => foldMessage(decodeChunks(...values))

/** The code and message of the error that these events end with. */
export const errorOf = (events: readonly ModelEvent[]) => {
  const last = events.at(-1)
  if (last?.type !== 'error') throw new Error(`No error, but ${last?.type}`)
  const { code, status, message } = last.error
  return { code, status, message }
}

export const request = (fields: Partial<ModelRequest>): ModelRequest => ({
  model: 'asked-model',
  stream: false,
  tools: [],
  turns: [{ role: 'user', parts: [{ kind: 'text', text: 'Hello' }] }],
  ...fields,
})
