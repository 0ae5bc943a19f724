/** Shorthand for the tests beside it: streams in, streams out. */
import {
  foldMessage,
  isJsonObject,
  type JsonObject,
  type ModelEvent,
  type ModelRequest,
} from '#model'
import { gemini, type TargetTraits } from '#protocols'
import { toByteCodec, toFrames } from '../byte-codec.ts'

export { request, toJson } from '../byte-codec.ts'

const { decodeRequest, decode, ...codec } = toByteCodec(gemini)
export const { encodeRequest, decodeMessage, encode } = codec

export const TARGET: TargetTraits = { provider: 'gemini', model: 'gemini-2.5-flash' }

/** The parts of an answer, or of all pieces of one. */
export const partsOf = (...answers: readonly JsonObject[]): JsonObject[] =>
  answers.flatMap(({ candidates }) => {
    const [first] = Array.isArray(candidates) ? candidates : []
    const content: unknown = isJsonObject(first) ? first.content : undefined
    return isJsonObject(content) && Array.isArray(content.parts) ? content.parts : []
  })

export const piece = (parts: readonly unknown[], finishReason?: string, more = {}) => ({
  candidates: [
    { content: { parts, role: 'model' }, index: 0, ...(finishReason ? { finishReason } : {}) },
  ],
  responseId: 'response-1',
  modelVersion: 'upstream-model',
  ...more,
})

export const decodePieces = (...values: readonly unknown[]): ModelEvent[] =>
  decode([toFrames(...values)])

/** The complete answer of these pieces, or the error that it throws. */
export const readPieces = (...values: readonly unknown[]) => foldMessage(decodePieces(...values))

/** What comes of a request of a client's. */
export const read = (body: JsonObject): ModelRequest =>
  decodeRequest({
    model: 'asked-model',
    stream: false,
    contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    ...body,
  })
