/** What holds of every stream, whatever was said in it. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ModelEvent } from '#model'
import { type AnswerContext, NOTHING_TO_UNDO, openaiChat } from '#protocols'
import { checkChatAnswer, checkChatStream } from '../../tools/checkers/index.ts'
import { cuts } from '../../tools/streams/recut.ts'
import {
  expectWellFormed,
  toMeaning,
  withoutOrder,
} from '../../tools/protocols/expect-well-formed.ts'
import { odd, record } from '../../tools/protocols/random-json.ts'
import { describeStreams, watch } from '../../tools/protocols/stream-properties.ts'
import {
  ANSWER,
  chunk,
  decodeChunks,
  decodeMessage,
  DONE,
  encode,
} from '../../tools/protocols/openai-chat/codec.ts'

const checkStream = (bytes: Buffer, { usageInStream }: AnswerContext) =>
  checkChatStream(bytes, { model: 'asked-model', includeUsage: usageInStream })

const toSaid = (events: readonly ModelEvent[]) => {
  const { parts, usage } = toMeaning(events)
  return { usage, ...withoutOrder(parts) }
}

describeStreams({
  protocol: openaiChat,
  checkStream,
  checkAnswer: (body) => checkChatAnswer(body, { model: 'asked-model' }),
  toSaid,
})

const call = record({
  index: fc.oneof(fc.constantFrom(0, 1, 2), odd),
  id: fc.oneof(fc.constantFrom('call_1', 'call_2', ''), odd),
  type: fc.constantFrom('function', 'custom'),
  function: record({ name: fc.constantFrom('a', 'b', '', null), arguments: odd }),
  custom: record({ name: fc.constantFrom('a', 'b', '', null), input: odd }),
})
const delta = record({
  role: fc.constant('assistant'),
  content: odd,
  refusal: odd,
  reasoning: odd,
  reasoning_content: odd,
  reasoning_details: odd,
  annotations: odd,
  function_call: call,
  tool_calls: fc.oneof(fc.array(call, { maxLength: 3 }), odd),
})
const reason = fc.oneof(fc.constantFrom(null, '', 'stop', 'tool_calls', 'length'), odd)
const anyChunk = record({
  id: odd,
  model: odd,
  usage: odd,
  error: fc.option(odd, { freq: 20 }),
  choices: fc.oneof(fc.array(record({ index: odd, delta, finish_reason: reason })), odd),
})

it('yields a well-formed sequence for any JSON', () => {
  fc.assert(
    fc.property(fc.array(anyChunk, { maxLength: 8 }), fc.boolean(), (chunks, isDone) => {
      expectWellFormed(decodeChunks(...chunks, ...(isDone ? [DONE] : [])))
    }),
    { numRuns: 1000 },
  )
})

it('yields a well-formed sequence for any answer, and its stream is legal', () => {
  const message = fc.record({ choices: fc.array(fc.record({ message: delta })), usage: odd })
  fc.assert(
    fc.property(message, (body) => {
      const events = decodeMessage(JSON.parse(JSON.stringify(body)), NOTHING_TO_UNDO)
      expectWellFormed(events)
      expect(checkStream(encode(events), ANSWER)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

it('counts the characters of any text', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 })
  fc.assert(
    fc.property(texts, cuts, (said, places) => {
      const frames = said.map((content) => `data: ${JSON.stringify(chunk({ content }))}\n\n`)
      const { outputCharacters } = watch(openaiChat, Buffer.from(frames.join('')), places)
      expect(outputCharacters).toBe(said.join('').length)
    }),
    { numRuns: 400 },
  )
})
