/** What holds of every stream, whatever was said in it. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage, type ModelEvent } from '#model'
import { NOTHING_TO_UNDO, openaiChat } from '#protocols'
import { checkChatAnswer, checkChatStream } from '../../checkers/index.ts'
import { cutAt, cuts } from '../../streams/recut.ts'
import { expectWellFormed, toMeaning } from '../expect-well-formed.ts'
import { anyEvents, anySentences, plainSentences } from '../random-sentences.ts'
import {
  ANSWER,
  chunk,
  decode,
  decodeChunks,
  decodeMessage,
  DONE,
  encode,
  encodeMessage,
} from './codec.ts'

const RUNS = { numRuns: 400 }

const check = (bytes: Buffer) =>
  checkChatStream(bytes, { model: 'asked-model', includeUsage: true })

/** A delta's text may stand behind a getter, and an error holds what it was read from. */
const toPlain = (event: ModelEvent) => {
  if (event.type === 'part-delta') return { type: event.type, index: event.index, text: event.text }
  if (event.type !== 'error') return event
  const { code, status, message } = event.error
  return { type: event.type, code, status, message }
}

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] =>
  cutAt(bytes.toString('latin1'), places).map((piece) => Buffer.from(piece, 'latin1'))

/** The field of its own makes each chunk unlike the one before. */
const makeUnlike = (bytes: Buffer): Buffer => {
  let nth = 0
  const text = bytes.toString('utf8')
  return Buffer.from(text.replaceAll(/^data: \{/gm, () => `data: {"nth":${nth++},`))
}

/** One thought, one text, then the calls: the order of a chat answer. */
const toSaid = (events: readonly ModelEvent[]) => {
  const { parts, usage } = toMeaning(events)
  const joined = (kind: 'reasoning' | 'text') =>
    parts.map((part) => (part.kind === kind ? part.text : '')).join('')
  const calls = parts.filter(({ kind }) => kind === 'tool-call')
  return { usage, thoughts: joined('reasoning'), text: joined('text'), calls }
}

describe('the stream encoder', () => {
  it('writes a legal stream for every sentence, interleaved or odd as it may be', () => {
    fc.assert(
      fc.property(anySentences, (events) => {
        expect(check(encode(events))).toEqual([])
      }),
      RUNS,
    )
  })

  it('writes a legal stream for events in any order', () => {
    fc.assert(
      fc.property(anyEvents, fc.boolean(), (events, usageInStream) => {
        const bytes = encode(events, { ...ANSWER, usageInStream })
        expect(checkChatStream(bytes, { includeUsage: usageInStream })).toEqual([])
      }),
      RUNS,
    )
  })
})

describe('the answer encoder', () => {
  it('writes a legal answer for every message', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        expect(checkChatAnswer(encodeMessage(foldMessage(events), ANSWER))).toEqual([])
      }),
      RUNS,
    )
  })
})

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

  it('gives the same events with CRLF, cut inside it and inside characters', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const bytes = encode(events)
        const crlf = Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
        const single = Array.from(crlf, (_, index) => crlf.subarray(index, index + 1))
        expect(decode(single).map(toPlain)).toEqual(decode([bytes]).map(toPlain))
      }),
      { numRuns: 100 },
    )
  })

  it('reads a chunk that looks like the last as it reads one that does not', () => {
    fc.assert(
      fc.property(anySentences, (events) => {
        const bytes = encode(events)
        const quick = decode([bytes]).map(toPlain)
        const slow = decode([makeUnlike(bytes)]).map(toPlain)
        expect(slow).toEqual(quick)
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
  const part = (fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc.oneof({ weight: 5, arbitrary: fc.record(fields, { requiredKeys: [] }) }, odd)
  const call = part({
    index: fc.oneof(fc.constantFrom(0, 1, 2), odd),
    id: fc.oneof(fc.constantFrom('call_1', 'call_2', ''), odd),
    type: fc.constantFrom('function', 'custom'),
    function: part({ name: fc.constantFrom('a', 'b', '', null), arguments: odd }),
    custom: part({ name: fc.constantFrom('a', 'b', '', null), input: odd }),
  })
  const delta = part({
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
  const anyChunk = part({
    id: odd,
    model: odd,
    usage: odd,
    error: fc.option(odd, { freq: 20 }),
    choices: fc.oneof(fc.array(part({ index: odd, delta, finish_reason: reason })), odd),
  })

  it('tells a well-formed sentence of any JSON', () => {
    fc.assert(
      fc.property(fc.array(anyChunk, { maxLength: 8 }), fc.boolean(), (chunks, isDone) => {
        expectWellFormed(decodeChunks(...chunks, ...(isDone ? [DONE] : [])))
      }),
      { numRuns: 1000 },
    )
  })

  it('tells a well-formed sentence of any answer, and its stream is legal', () => {
    const message = fc.record({ choices: fc.array(fc.record({ message: delta })), usage: odd })
    fc.assert(
      fc.property(message, (body) => {
        const events = decodeMessage(JSON.parse(JSON.stringify(body)), NOTHING_TO_UNDO)
        expectWellFormed(events)
        expect(check(encode(events))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

const watch = (pieces: readonly Buffer[]) => {
  const tap = openaiChat.createTap()
  for (const piece of pieces) tap.push(piece.toString('latin1'))
  tap.end()
  const { started, finished, midEvent, usage, outputCharacters, error } = tap
  return { started, finished, midEvent, usage, outputCharacters, error: error?.message }
}

describe('the tap', () => {
  it('sees the same however the bytes are cut', () => {
    fc.assert(
      fc.property(anySentences, cuts, fc.nat(), (events, places, place) => {
        const whole = encode(events)
        const bytes = place % 3 === 0 ? whole.subarray(0, place % whole.length) : whole
        expect(watch(cut(bytes, places))).toEqual(watch([bytes]))
      }),
      RUNS,
    )
  })

  it('sees the same in chunks that look like the last as in those that do not', () => {
    fc.assert(
      fc.property(anySentences, (events) => {
        const bytes = encode(events)
        expect(watch([makeUnlike(bytes)])).toEqual(watch([bytes]))
      }),
      RUNS,
    )
  })

  it('counts the characters of any text', () => {
    const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 })
    fc.assert(
      fc.property(texts, cuts, (said, places) => {
        const frames = said.map((content) => `data: ${JSON.stringify(chunk({ content }))}\n\n`)
        const { outputCharacters } = watch(cut(Buffer.from(frames.join('')), places))
        expect(outputCharacters).toBe(said.join('').length)
      }),
      RUNS,
    )
  })
})
