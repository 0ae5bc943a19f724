/** What holds of every stream, whatever was said in it. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ModelEvent } from '#model'
import { gemini, NOTHING_TO_UNDO } from '#protocols'
import { checkGeminiAnswer, checkGeminiStream } from '../../tools/checkers/index.ts'
import {
  expectWellFormed,
  toMeaning,
  withoutOrder,
} from '../../tools/protocols/expect-well-formed.ts'
import { odd, record } from '../../tools/protocols/random-json.ts'
import { describeStreams } from '../../tools/protocols/stream-properties.ts'
import { decodeMessage, decodePieces, encode } from '../../tools/protocols/gemini/codec.ts'

const checkStream = (bytes: Buffer) => checkGeminiStream(bytes, { model: 'asked-model' })

/** Consecutive texts are one here, and cache writes are not reported. */
const toSaid = (events: readonly ModelEvent[]) => {
  const { parts, usage } = toMeaning(events)
  return { usage: { ...usage, cacheWriteTokens: 0 }, ...withoutOrder(parts) }
}

describeStreams({
  protocol: gemini,
  checkStream,
  checkAnswer: (body) => checkGeminiAnswer(body, { model: 'asked-model' }),
  toSaid,
})

const part = record({
  text: odd,
  thought: odd,
  thoughtSignature: odd,
  functionCall: record({ id: odd, name: odd, args: odd }),
  inlineData: record({ mimeType: fc.oneof(fc.constant('audio/wav'), odd), data: odd }),
})
const candidate = record({
  index: fc.oneof(fc.constantFrom(0, 1), odd),
  content: record({ parts: fc.oneof(fc.array(part, { maxLength: 4 }), odd) }),
  finishReason: fc.oneof(fc.constantFrom('STOP', 'MAX_TOKENS', 'MALFORMED_FUNCTION_CALL'), odd),
  groundingMetadata: record({
    groundingChunks: fc.oneof(fc.array(record({ web: record({ uri: odd, title: odd }) })), odd),
    groundingSupports: odd,
  }),
  citationMetadata: odd,
})
const answer = record({
  responseId: odd,
  modelVersion: odd,
  usageMetadata: record({ promptTokenCount: odd, thoughtsTokenCount: odd }),
  promptFeedback: fc.option(record({ blockReason: odd, blockReasonMessage: odd }), { freq: 5 }),
  error: fc.option(odd, { freq: 20 }),
  candidates: fc.oneof(fc.array(candidate, { maxLength: 2 }), odd),
})

it('yields a well-formed sequence for any JSON', () => {
  fc.assert(
    fc.property(fc.array(answer, { maxLength: 8 }), (pieces) => {
      expectWellFormed(decodePieces(...pieces))
    }),
    { numRuns: 1000 },
  )
})

it('yields a well-formed sequence for any answer, and its stream is legal', () => {
  fc.assert(
    fc.property(fc.record({ candidates: fc.array(candidate) }), (body) => {
      const events = decodeMessage(JSON.parse(JSON.stringify(body)), NOTHING_TO_UNDO)
      expectWellFormed(events)
      expect(checkStream(encode(events))).toEqual([])
    }),
    { numRuns: 500 },
  )
})
