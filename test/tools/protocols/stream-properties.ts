/** What holds of every protocol's streams and answers, whatever was said in them. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage, type ModelEvent, unfoldMessage } from '#model'
import { type AnswerContext, NOTHING_TO_UNDO, type Protocol } from '#protocols'
import { cutBytesAt, cuts } from '../streams/recut.ts'
import { ANSWER, toByteCodec, toPlain } from './byte-codec.ts'
import { expectWellFormed } from './expect-well-formed.ts'
import { anyEvents, anySentences, plainSentences } from './random-sentences.ts'

interface Subject {
  readonly protocol: Protocol
  /** What is wrong with a stream. */
  readonly checkStream: (bytes: Buffer, answer: AnswerContext) => string[]
  /** What is wrong with an answer that is not streamed. */
  readonly checkAnswer: (body: unknown) => string[]
  /** The sentence's meaning as far as the protocol has words for it. */
  readonly toSaid: (events: readonly ModelEvent[]) => unknown
}

const RUNS = { numRuns: 400 }

/** The field of its own makes each event unlike the one before. */
const makeUnlike = (bytes: Buffer): Buffer => {
  let nth = 0
  const text = bytes.toString('utf8')
  return Buffer.from(text.replaceAll(/^data: \{/gm, () => `data: {"nth${nth++}":0,`))
}

/** What the tap of the protocol has seen once these pieces have passed, cut at these places. */
export const watch = (protocol: Protocol, bytes: Buffer, places: readonly number[] = []) => {
  const tap = protocol.createTap()
  for (const piece of cutBytesAt(bytes, places)) tap.push(piece.toString('latin1'))
  tap.end()
  const { started, finished, midEvent, usage, outputCharacters, error } = tap
  return { started, finished, midEvent, usage, outputCharacters, error: error?.message }
}

export const describeStreams = ({ protocol, checkStream, checkAnswer, toSaid }: Subject): void => {
  const { encode, decode, encodeMessage, decodeMessage } = toByteCodec(protocol)

  describe('the stream encoder', () => {
    it('writes a legal stream for every sentence, interleaved or odd as it may be', () => {
      fc.assert(
        fc.property(anySentences, (events) => {
          expect(checkStream(encode(events), ANSWER)).toEqual([])
        }),
        RUNS,
      )
    })

    it('writes a legal stream for events in any order, with usage or without', () => {
      fc.assert(
        fc.property(anyEvents, fc.boolean(), (events, usageInStream) => {
          const answer = { ...ANSWER, usageInStream }
          expect(checkStream(encode(events, answer), answer)).toEqual([])
        }),
        RUNS,
      )
    })
  })

  describe('the answer encoder', () => {
    it('writes a legal answer for every message, and it is read as what was written', () => {
      fc.assert(
        fc.property(plainSentences, (events) => {
          const body = encodeMessage(foldMessage(events), ANSWER)
          expect(checkAnswer(body)).toEqual([])
          const decoded = decodeMessage(body, NOTHING_TO_UNDO)
          expectWellFormed(decoded)
          expect(toSaid(decoded)).toEqual(toSaid(events))
        }),
        RUNS,
      )
    })

    it('says the same as the stream of the same message', () => {
      fc.assert(
        fc.property(plainSentences, (events) => {
          const message = foldMessage(events)
          const whole = decodeMessage(encodeMessage(message, ANSWER), NOTHING_TO_UNDO)
          expect(toSaid(whole)).toEqual(toSaid(decode([encode(unfoldMessage(message))])))
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
          expect(decode(cutBytesAt(bytes, places)).map(toPlain)).toEqual(
            decode([bytes]).map(toPlain),
          )
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
  })

  describe('the tap', () => {
    it('sees the same however the bytes are cut', () => {
      fc.assert(
        fc.property(anySentences, cuts, fc.nat(), (events, places, place) => {
          const whole = encode(events)
          const bytes = place % 3 === 0 ? whole.subarray(0, place % whole.length) : whole
          expect(watch(protocol, bytes, places)).toEqual(watch(protocol, bytes))
        }),
        RUNS,
      )
    })

    it('sees the same in events that look like the last as in those that do not', () => {
      fc.assert(
        fc.property(anySentences, (events) => {
          const bytes = encode(events)
          expect(watch(protocol, makeUnlike(bytes))).toEqual(watch(protocol, bytes))
        }),
        RUNS,
      )
    })
  })
}
