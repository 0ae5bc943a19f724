/** Shorthand for the tests beside it: streams in, streams out. */
import { foldMessage, type JsonObject, type ModelEvent } from '#model'
import { openaiChat, type TargetTraits } from '#protocols'
import { toByteCodec, toFrames } from '../byte-codec.ts'

export { ANSWER, DONE, request, toFrames as stream, toJson } from '../byte-codec.ts'

export const { decodeRequest, encodeRequest, decodeMessage, encodeMessage, encode, decode } =
  toByteCodec(openaiChat)

export const TARGET: TargetTraits = { provider: 'openai', model: 'gpt-4.1' }

export const chunk = (delta: JsonObject, finish_reason: string | null = null, more = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'upstream-model',
  choices: [{ index: 0, delta, finish_reason }],
  ...more,
})

export const decodeChunks = (...values: readonly unknown[]): ModelEvent[] =>
  decode([toFrames(...values)])

/** The complete answer of these chunks, or the error that it throws. */
export const readChunks = (...values: readonly unknown[]) => foldMessage(decodeChunks(...values))

/** The code and message of the error that these events end with. */
export const errorOf = (events: readonly ModelEvent[]) => {
  const last = events.at(-1)
  if (last?.type !== 'error') throw new Error(`No error, but ${last?.type}`)
  const { code, status, message } = last.error
  return { code, status, message }
}
