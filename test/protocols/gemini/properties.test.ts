/** What holds of every stream, whatever was said in it. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage, type ModelEvent } from '#model'
import { gemini, NOTHING_TO_UNDO } from '#protocols'
import { checkGeminiAnswer, checkGeminiStream } from '../../checkers/index.ts'
import { cutAt, cuts } from '../../streams/recut.ts'
import { expectWellFormed, toMeaning } from '../expect-well-formed.ts'
import { anyEvents, anySentences, plainSentences } from '../random-sentences.ts'
import { ANSWER, decode, decodeMessage, decodePieces, encode, encodeMessage } from './codec.ts'

const RUNS = { numRuns: 400 }

const check = (bytes: Buffer) => checkGeminiStream(bytes, { model: 'asked-model' })

/** A delta's text may stand behind a getter, and an error holds what it was read from. */
const toPlain = (event: ModelEvent) => {
  if (event.type === 'part-delta') return { type: event.type, index: event.index, text: event.text }
  if (event.type !== 'error') return event
  const { code, status, message } = event.error
  return { type: event.type, code, status, message }
}

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] =>
  cutAt(bytes.toString('latin1'), places).map((piece) => Buffer.from(piece, 'latin1'))

/** The field of its own makes each piece unlike the one before. */
const makeUnlike = (bytes: Buffer): Buffer => {
  let nth = 0
  const text = bytes.toString('utf8')
  return Buffer.from(text.replaceAll(/^data: \{/gm, () => `data: {"nth":${nth++},`))
}

/** Texts that follow each other are one here, and nothing is told of what was written to a cache. */
const toSaid = (events: readonly ModelEvent[]) => {
  const { parts, usage } = toMeaning(events)
  const joined = (kind: 'reasoning' | 'text') =>
    parts.map((part) => (part.kind === kind ? part.text : '')).join('')
  const calls = parts.filter(({ kind }) => kind === 'tool-call')
  const told = { ...usage, cacheWriteTokens: 0 }
  return { usage: told, thoughts: joined('reasoning'), text: joined('text'), calls }
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
      fc.property(anyEvents, (events) => {
        expect(check(encode(events))).toEqual([])
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
        expect(checkGeminiAnswer(answer, { model: 'asked-model' })).toEqual([])
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

  it('reads a piece that looks like the last as it reads one that does not', () => {
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
    fc.constantFrom(null, '', 0, 1, 'a', '{}', true),
    fc.jsonValue({ maxDepth: 2 }),
  )
  const record = (fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc.oneof({ weight: 5, arbitrary: fc.record(fields, { requiredKeys: [] }) }, odd)
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

  it('tells a well-formed sentence of any JSON', () => {
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 8 }), (pieces) => {
        expectWellFormed(decodePieces(...pieces))
      }),
      { numRuns: 1000 },
    )
  })

  it('tells a well-formed sentence of any answer, and its stream is legal', () => {
    fc.assert(
      fc.property(fc.record({ candidates: fc.array(candidate) }), (body) => {
        const events = decodeMessage(JSON.parse(JSON.stringify(body)), NOTHING_TO_UNDO)
        expectWellFormed(events)
        expect(check(encode(events))).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

const watch = (pieces: readonly Buffer[]) => {
  const tap = gemini.createTap()
  for (const bytes of pieces) tap.push(bytes.toString('latin1'))
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

  it('sees the same in pieces that look like the last as in those that do not', () => {
    fc.assert(
      fc.property(anySentences, (events) => {
        const bytes = encode(events)
        expect(watch([makeUnlike(bytes)])).toEqual(watch([bytes]))
      }),
      RUNS,
    )
  })
})
