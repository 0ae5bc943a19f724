/** What holds of every stream, whatever was said in it. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AnswerPart, foldMessage, isJsonObject, type ModelEvent } from '#model'
import { NOTHING_TO_UNDO } from '#protocols'
import { checkResponsesAnswer, checkResponsesStream } from '../../checkers/index.ts'
import { cutAt, cuts } from '../../streams/recut.ts'
import { expectWellFormed, toMeaning } from '../expect-well-formed.ts'
import { anyEvents, anySentences, plainSentences } from '../random-sentences.ts'
import {
  ANSWER,
  decode,
  decodeMessage,
  encode,
  encodeMessage,
  stream,
  toJson,
  toPlain,
} from './codec.ts'

const RUNS = { numRuns: 400 }

const WANTED = { model: 'asked-model', complete: true }

describe('the stream encoder', () => {
  it('writes a legal stream for every sentence, interleaved or odd as it may be', () => {
    fc.assert(
      fc.property(anySentences, (events) => {
        expect(checkResponsesStream(encode(events), WANTED)).toEqual([])
      }),
      RUNS,
    )
  })

  it('writes a legal stream for events in any order', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        expect(checkResponsesStream(encode(events), WANTED)).toEqual([])
      }),
      RUNS,
    )
  })

  it('ends with what the answer in one piece would be', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const last = toJson(encode(events)).at(-1)
        expect(isJsonObject(last?.response)).toBe(true)
        expect(last?.response).toEqual(encodeMessage(foldMessage(events), ANSWER))
      }),
      RUNS,
    )
  })
})

describe('the answer encoder', () => {
  it('writes a legal answer for every message', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const answer = encodeMessage(foldMessage(events), ANSWER)
        expect(checkResponsesAnswer(answer, WANTED)).toEqual([])
      }),
      RUNS,
    )
  })
})

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] =>
  cutAt(bytes.toString('latin1'), places).map((piece) => Buffer.from(piece, 'latin1'))

/** The field of its own makes each event unlike the one before. */
const makeUnlike = (bytes: Buffer): Buffer => {
  let nth = 0
  const text = bytes.toString('utf8')
  return Buffer.from(text.replaceAll(/^data: \{/gm, () => `data: {"nth${nth++}":0,`))
}

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

describe('the stream decoder', () => {
  it('gives back what the encoder wrote', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        expect(toSaid(decode([encode(events)]))).toEqual(toSaid(events))
      }),
      RUNS,
    )
  })

  it('gives the same events however the bytes are cut', () => {
    fc.assert(
      fc.property(anySentences, cuts, (events, places) => {
        const bytes = encode(events)
        expect(decode(cut(bytes, places)).map(toPlain)).toEqual(decode([bytes]).map(toPlain))
      }),
      RUNS,
    )
  })

  it('reads an event that looks like the last as it reads one that does not', () => {
    fc.assert(
      fc.property(anySentences, (events) => {
        const bytes = encode(events)
        expect(decode([makeUnlike(bytes)]).map(toPlain)).toEqual(decode([bytes]).map(toPlain))
      }),
      RUNS,
    )
  })

  it('tells a well-formed sentence of any stream that is cut off', () => {
    fc.assert(
      fc.property(anySentences, fc.nat(), (events, place) => {
        const bytes = encode(events)
        expectWellFormed(decode([bytes.subarray(0, place % bytes.length)]))
      }),
      RUNS,
    )
  })

  const odd = fc.oneof(
    fc.constantFrom(null, '', 0, 1, 'a', '{}', '{"x":1}', true),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc.oneof(
      { weight: 5, arbitrary: fc.record(fields, { requiredKeys: [] }) },
      { weight: 1, arbitrary: odd },
    )
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

  it('tells a well-formed sentence of any JSON, and its stream is legal', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 10 }), (events) => {
        const told = decode([stream(...events)])
        expectWellFormed(told)
        expect(checkResponsesStream(encode(told), WANTED)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it('tells a well-formed sentence of any answer', () => {
    fc.assert(
      fc.property(response, (body) => {
        if (isJsonObject(body)) expectWellFormed(decodeMessage(body, NOTHING_TO_UNDO))
      }),
      { numRuns: 500 },
    )
  })
})
