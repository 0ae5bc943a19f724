/** What holds of every stream, whatever was said in it. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage, type ModelEvent, unfoldMessage } from '#model'
import { checkMessagesAnswer, checkMessagesStream } from '../../checkers/index.ts'
import { expectWellFormed, toMeaning } from '../expect-well-formed.ts'
import { anyEvents, anySentences, plainSentences } from '../random-sentences.ts'
import { ANSWER, decode, decodeMessage, encode, encodeMessage, toPlain } from './codec.ts'
import { NOTHING_TO_UNDO } from '#protocols'

const RUNS = { numRuns: 400 }

const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length]
  const sorted = cuts.toSorted((a, b) => a - b)
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end))
}

const check = (bytes: Buffer) =>
  checkMessagesStream(bytes, { model: 'asked-model', complete: true })

/** Gives every event a field of its own, so that none looks like the one before. */
const makeUnlike = (bytes: Buffer): Buffer => {
  let nth = 0
  return Buffer.from(
    bytes.toString('utf8').replaceAll(/^data: \{/gm, () => `data: {"nth":${nth++},`),
    'utf8',
  )
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

describe('the stream decoder', () => {
  it('gives back what the encoder wrote', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const decoded = decode([encode(events)])
        expectWellFormed(decoded)
        expect(toMeaning(decoded)).toEqual(sayable(events))
      }),
      RUNS,
    )
  })

  it('gives the same events however the bytes are cut', () => {
    fc.assert(
      fc.property(anySentences, fc.array(fc.nat(), { maxLength: 20 }), (events, places) => {
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

  it('tells a well-formed sentence of any JSON', () => {
    const kinds = [
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
      'error',
      '__proto__',
      'constructor',
    ]
    const block = fc.record(
      {
        type: fc.constantFrom(
          'text',
          'thinking',
          'redacted_thinking',
          'tool_use',
          'server_tool_use',
          'compaction',
          'toString',
          7,
        ),
        text: fc.jsonValue(),
        input: fc.jsonValue(),
        id: fc.jsonValue(),
        citations: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const delta = fc.record(
      {
        type: fc.constantFrom(
          'text_delta',
          'thinking_delta',
          'input_json_delta',
          'signature_delta',
          'citations_delta',
          'compaction_delta',
          '__proto__',
        ),
        text: fc.jsonValue(),
        thinking: fc.jsonValue(),
        partial_json: fc.jsonValue(),
        signature: fc.jsonValue(),
        citation: fc.jsonValue(),
        stop_reason: fc.jsonValue(),
        stop_sequence: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    const event = fc.record(
      {
        type: fc.constantFrom(...kinds),
        index: fc.oneof(fc.nat(2), fc.jsonValue()),
        message: fc.jsonValue(),
        content_block: fc.oneof(block, fc.jsonValue()),
        delta: fc.oneof(delta, fc.jsonValue()),
        usage: fc.jsonValue(),
        error: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const bytes = events.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('')
        expectWellFormed(decode([Buffer.from(bytes)]))
      }),
      { numRuns: 1500 },
    )
  })
})

describe('answers that are not streamed', () => {
  it('are legal, and are read as what was written', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const body = encodeMessage(foldMessage(events), ANSWER)
        expect(checkMessagesAnswer(body, { model: 'asked-model', complete: true })).toEqual([])
        const decoded = decodeMessage(body, NOTHING_TO_UNDO)
        expectWellFormed(decoded)
        expect(toMeaning(decoded)).toEqual(sayable(events))
      }),
      RUNS,
    )
  })

  it('say the same as the stream of the same message', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const message = foldMessage(events)
        const whole = decodeMessage(encodeMessage(message, ANSWER), NOTHING_TO_UNDO)
        expect(toMeaning(whole)).toEqual(toMeaning(decode([encode(unfoldMessage(message))])))
      }),
      RUNS,
    )
  })
})

/** The sentence's meaning as far as this protocol has words for it. */
const sayable = (events: readonly ModelEvent[]) => {
  const message = toMeaning(events)
  return { ...message, reason: message.reason === 'other' ? 'stop' : message.reason }
}
