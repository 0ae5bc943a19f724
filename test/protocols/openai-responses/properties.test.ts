/** What holds of every stream, whatever was said in it. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { type AnswerPart, foldMessage, isJsonObject, type ModelEvent } from '#model'
import { NOTHING_TO_UNDO, openaiResponses } from '#protocols'
import { checkResponsesAnswer, checkResponsesStream } from '../../tools/checkers/index.ts'
import { expectWellFormed, toMeaning } from '../../tools/protocols/expect-well-formed.ts'
import { odd, record } from '../../tools/protocols/random-json.ts'
import { plainSentences } from '../../tools/protocols/random-sentences.ts'
import { describeStreams } from '../../tools/protocols/stream-properties.ts'
import {
  ANSWER,
  decode,
  decodeMessage,
  encode,
  encodeMessage,
  stream,
  toJson,
} from '../../tools/protocols/openai-responses/codec.ts'

const WANTED = { model: 'asked-model', complete: true }

/** Proof of thoughts is bound to the provider that it came from, and is not looked at here. */
const toSaid = (events: readonly ModelEvent[]) => {
  const { parts, usage } = toMeaning(events)
  return {
    usage,
    said: parts.flatMap((part): (AnswerPart | string)[] => {
      if (part.kind === 'reasoning') return part.text === '' ? [] : [part.text]
      return part.kind === 'text' && part.text === '' ? [] : [part]
    }),
  }
}

describeStreams({
  protocol: openaiResponses,
  checkStream: (bytes) => checkResponsesStream(bytes, WANTED),
  checkAnswer: (body) => checkResponsesAnswer(body, WANTED),
  toSaid,
})

it('a stream ends with what the complete answer would be', () => {
  fc.assert(
    fc.property(plainSentences, (events) => {
      const last = toJson(encode(events)).at(-1)
      expect(isJsonObject(last?.response)).toBe(true)
      expect(last?.response).toEqual(encodeMessage(foldMessage(events), ANSWER))
    }),
    { numRuns: 400 },
  )
})

const part = record({
  type: fc.constantFrom('output_text', 'refusal', 'summary_text', 'other'),
  text: odd,
  refusal: odd,
  annotations: odd,
})
const ownItem = record({
  type: fc.constantFrom('message', 'reasoning', 'function_call', 'custom_tool_call'),
  id: odd,
  call_id: fc.oneof(fc.constantFrom('call_1', 'call_2'), odd),
  name: fc.oneof(fc.constantFrom('a', 'b', ''), odd),
  arguments: odd,
  input: odd,
  content: fc.oneof(fc.array(part, { maxLength: 2 }), odd),
  summary: fc.oneof(fc.array(part, { maxLength: 2 }), odd),
  encrypted_content: odd,
})
const hosted = fc.constant({ type: 'web_search_call', id: 'ws_1', status: 'completed' })
const item = fc.oneof({ weight: 6, arbitrary: ownItem }, { weight: 1, arbitrary: hosted })
const response = record({
  id: odd,
  model: odd,
  status: fc.oneof(fc.constantFrom('completed', 'incomplete', 'failed'), odd),
  incomplete_details: record({
    reason: fc.oneof(fc.constantFrom('max_output_tokens', 'content_filter'), odd),
  }),
  usage: odd,
  error: odd,
  output: fc.oneof(fc.array(item, { maxLength: 3 }), odd),
})
const anyEvent = fc.record(
  {
    type: fc
      .constantFrom(
        'created',
        'output_item.added',
        'output_item.done',
        'output_text.delta',
        'refusal.delta',
        'output_text.annotation.added',
        'reasoning_text.delta',
        'reasoning_summary_text.delta',
        'function_call_arguments.delta',
        'function_call_arguments.done',
        'custom_tool_call_input.delta',
        'custom_tool_call_input.done',
        'completed',
        'incomplete',
        'failed',
        'unheard.of',
      )
      .map((name) => `response.${name}`),
    output_index: fc.oneof(fc.constantFrom(0, 1), odd),
    item_id: odd,
    content_index: odd,
    summary_index: odd,
    delta: odd,
    arguments: odd,
    input: odd,
    annotation: odd,
    item,
    response,
  },
  { requiredKeys: ['type'] },
)

it('yields a well-formed sequence for any JSON, and its stream is legal', () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 10 }), (events) => {
      const told = decode([stream(...events)])
      expectWellFormed(told)
      expect(checkResponsesStream(encode(told), WANTED)).toEqual([])
    }),
    { numRuns: 1000 },
  )
})

it('yields a well-formed sequence for any answer', () => {
  fc.assert(
    fc.property(response, (body) => {
      if (isJsonObject(body)) expectWellFormed(decodeMessage(body, NOTHING_TO_UNDO))
    }),
    { numRuns: 500 },
  )
})
