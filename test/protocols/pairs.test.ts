/** Every pair of protocols: an answer of one is a legal and faithful answer of the other. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldMessage, type Usage } from '#model'
import {
  anthropicMessages,
  type Codec,
  gemini,
  NOTHING_TO_UNDO,
  openaiChat,
  openaiResponses,
} from '#protocols'
import { compose, createSseReader } from '#streams'
import {
  checkChatAnswer,
  checkChatStream,
  checkGeminiAnswer,
  checkGeminiStream,
  checkMessagesAnswer,
  checkMessagesStream,
  checkResponsesAnswer,
  checkResponsesStream,
} from '../tools/checkers/index.ts'
import { cutBytesAt, cuts } from '../tools/streams/recut.ts'
import { ANSWER, codecOf, decodeStream, encodeStream } from '../tools/protocols/byte-codec.ts'
import { expectWellFormed, toMeaning, withoutOrder } from '../tools/protocols/expect-well-formed.ts'
import {
  anyEvents,
  anySentences,
  callPart,
  plainSentences,
  sentences,
  textPart,
} from '../tools/protocols/random-sentences.ts'

const PROTOCOLS = [
  {
    name: 'chat',
    codec: codecOf(openaiChat),
    checkStream: (bytes: Buffer) => checkChatStream(bytes, { model: 'asked-model' }),
    checkAnswer: (body: unknown) => checkChatAnswer(body, { model: 'asked-model' }),
  },
  {
    name: 'messages',
    codec: codecOf(anthropicMessages),
    checkStream: (bytes: Buffer) => checkMessagesStream(bytes, { model: 'asked-model' }),
    checkAnswer: (body: unknown) => checkMessagesAnswer(body, { model: 'asked-model' }),
  },
  {
    name: 'responses',
    codec: codecOf(openaiResponses),
    checkStream: (bytes: Buffer) => checkResponsesStream(bytes, { model: 'asked-model' }),
    checkAnswer: (body: unknown) => checkResponsesAnswer(body, { model: 'asked-model' }),
  },
  {
    name: 'gemini',
    codec: codecOf(gemini),
    checkStream: (bytes: Buffer) => checkGeminiStream(bytes, { model: 'asked-model' }),
    checkAnswer: (body: unknown) => checkGeminiAnswer(body, { model: 'asked-model' }),
  },
]

/** Where both are the same, bytes pass untranslated. */
const PAIRS = PROTOCOLS.flatMap((upstream) =>
  PROTOCOLS.filter((client) => client !== upstream).map((client) => ({ upstream, client })),
)

/** As the gateway does it: read by read, with no event held in between. */
const translate = (upstream: Codec, client: Codec, reads: readonly Buffer[]): Buffer => {
  let written = ''
  const both = compose(upstream.decodeEvents(NOTHING_TO_UNDO), client.encodeEvents(ANSWER))
  const translation = both((bytes) => (written += bytes))
  const reader = createSseReader((data, event) => translation.push({ data, event }))
  for (const bytes of reads) reader.push(bytes.toString('latin1'))
  translation.end()
  return Buffer.from(written, 'latin1')
}

/** What every protocol can say: words and calls. */
const common = sentences({ part: fc.oneof(textPart, callPart), interleaved: false })

const RUNS = { numRuns: 300 }

describe.each(PAIRS)('$upstream.name upstream, $client.name client', ({ upstream, client }) => {
  it('gives a legal stream of every answer, however the bytes are cut', () => {
    fc.assert(
      fc.property(anySentences, cuts, (events, places) => {
        const bytes = encodeStream(upstream.codec, events, ANSWER)
        const written = translate(upstream.codec, client.codec, cutBytesAt(bytes, places))
        expect(client.checkStream(written)).toEqual([])
      }),
      RUNS,
    )
  })

  it('gives a legal stream of an answer that is broken off anywhere', () => {
    fc.assert(
      fc.property(anySentences, fc.nat(), (events, place) => {
        const bytes = encodeStream(upstream.codec, events, ANSWER)
        const part = bytes.subarray(0, place % (bytes.length + 1))
        expect(client.checkStream(translate(upstream.codec, client.codec, [part]))).toEqual([])
      }),
      RUNS,
    )
  })

  it('gives a legal stream of events in any order', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const bytes = encodeStream(upstream.codec, events, ANSWER)
        expect(client.checkStream(translate(upstream.codec, client.codec, [bytes]))).toEqual([])
      }),
      RUNS,
    )
  })

  it('keeps text, calls and usage', () => {
    const toSaid = [upstream, client].some(({ name }) => name === 'gemini')
      ? withoutCacheWrites
      : (usage: Usage) => usage
    fc.assert(
      fc.property(common, (events) => {
        const bytes = translate(upstream.codec, client.codec, [
          encodeStream(upstream.codec, events, ANSWER),
        ])
        const decoded = decodeStream(client.codec, [bytes])
        expectWellFormed(decoded)
        const { usage, parts } = toMeaning(decoded)
        expect({ usage: toSaid(usage), parts: withoutOrder(parts) }).toEqual({
          usage: toSaid(foldMessage(events).usage),
          parts: withoutOrder(toMeaning(events).parts),
        })
      }),
      RUNS,
    )
  })

  it('is a legal answer if it is not streamed', () => {
    fc.assert(
      fc.property(plainSentences, (events) => {
        const body = upstream.codec.encodeMessage(foldMessage(events), ANSWER)
        const decoded = upstream.codec.decodeMessage(body, NOTHING_TO_UNDO)
        expectWellFormed(decoded)
        const answer = client.codec.encodeMessage(foldMessage(decoded), ANSWER)
        expect(client.checkAnswer(answer)).toEqual([])
      }),
      RUNS,
    )
  })
})

/** Gemini has no word for tokens that were written to a cache: they are among its prompt's. */
const withoutCacheWrites = (usage: Usage): Usage => ({ ...usage, cacheWriteTokens: 0 })
